/** The imports and scans that this page started. */
import { createStore } from '#web/frame/store'

export interface Work {
  id: string
  /** Name of the file, or how many leads are scanned again. */
  name: string
  /** The import whose jobs are followed, or the jobs themselves. */
  importId?: string
  jobs: readonly string[]
}

export const work = createStore<readonly Work[]>([])

export function followWork(one: Work): void {
  work.set([...work.get().filter(({ id }) => id !== one.id), one])
}
