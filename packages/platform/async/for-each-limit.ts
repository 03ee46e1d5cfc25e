/**
 * Works through the items, up to `max` at a time, in their order. After a failure no other is begun; those that run are
 * waited for, so that nobody takes anything from under them. @throws the first failure
 */
export async function eachAtOnce<T>(items: T[], max: number, work: (item: T) => Promise<unknown>): Promise<void> {
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
