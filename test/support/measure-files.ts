/** Measures programs that read or write a file, each in a process of its own, for the benchmarks beside `bench`. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'

interface Measured {
  rows: number
  rowsPerSecond: number
  /** The measure in words. */
  line: string
}

const MAIN = join(import.meta.dirname, '../bench/main.ts')

/** Runs `npm run bench -- args` in a process with these options of Node; it calls `sendMeasure`. Prints its line. */
export async function measureInChild(args: string[], nodeOptions: readonly string[] = []): Promise<Measured> {
  const child = fork(MAIN, args, { execArgv: [...nodeOptions] })
  let measured: Measured | undefined
  child.on('message', (message) => (measured = message as Measured))
  await once(child, 'exit')
  if (!measured) throw new Error(`${args.join(' ')} ended without a result`)
  console.log(measured.line)
  return measured
}

/** The memory is that of the whole process at its highest, and above what it was before. */
export async function sendMeasure(name: string, path: string, run: () => Promise<number>): Promise<void> {
  const idleBytes = process.memoryUsage.rss()
  const beganMs = performance.now()
  const rows = await run()
  const seconds = (performance.now() - beganMs) / 1_000
  const peakBytes = process.resourceUsage().maxRSS * 1_024
  const { size } = await stat(path)
  const rowsPerSecond = rows / seconds
  const memory = `peak RSS ${megabytes(peakBytes)}, ${megabytes(peakBytes - idleBytes)} more than before`
  const line = `${name}: ${rows} rows in ${seconds.toFixed(1)} s, ${Math.round(rowsPerSecond)} rows/s, ${megabytes(size)}; ${memory}`
  process.send?.({ rows, rowsPerSecond, line } satisfies Measured)
  process.disconnect()
}

/** `csv: 1/20 of parse, 1/40 of copy` */
export function printRatios(measured: Record<string, Measured>, bases: readonly string[]): void {
  for (const [name, { rowsPerSecond }] of Object.entries(measured)) {
    if (bases.includes(name)) continue
    const ratios = bases.map(
      (base) => `1/${((measured[base]?.rowsPerSecond ?? 0) / rowsPerSecond).toFixed(1)} of ${base}`,
    )
    console.log(`${name}: ${ratios.join(', ')}`)
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(0)} MB`
}
