/** Measures the used heap after a full garbage collection. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export function heapInUseBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** What each of `count` steps left behind, by the least that was in use in the second and in the last quarter. */
export function leftBehindBytes(samples: readonly number[], count: number): number {
  const quarter = Math.floor(samples.length / 4)
  const early = Math.min(...samples.slice(quarter, 2 * quarter))
  const late = Math.min(...samples.slice(-quarter))
  return (late - early) / (count / 2)
}
