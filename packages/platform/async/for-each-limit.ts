/**
 * Runs `work` for each item in order, at most `max` at a time. After a failure it starts no further item, and waits for
 * those in progress, so that their resources stay open. @throws the first failure
 */
export async function forEachLimit<T>(items: T[], max: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values()
  const failures: unknown[] = []

  async function take(): Promise<void> {
    for (const item of left) {
      if (failures.length > 0) return
      await work(item).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: max }, take))
  if (failures.length > 0) throw failures[0]
}
