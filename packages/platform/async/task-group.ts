/** Groups concurrent tasks: the first failure stops them all. */
interface TaskGroup {
  /** Runs `stop` at the first call and ignores later ones. */
  fail(error: unknown): void
  /** Resolves when every task has ended. @throws the first failure */
  settle(works: Promise<unknown>[]): Promise<void>
}

export function createTaskGroup(stop: (error: unknown) => void): TaskGroup {
  let failure: { error: unknown } | undefined

  function fail(error: unknown): void {
    if (failure) return
    failure = { error }
    stop(error)
  }

  async function settle(works: Promise<unknown>[]): Promise<void> {
    await Promise.all(works.map((work) => work.catch(fail)))
    if (failure) throw failure.error
  }

  return { fail, settle }
}
