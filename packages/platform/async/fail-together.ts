/** The first failure of any of several works, which ends them all. */
export interface SharedFailure {
  /** The first call counts; it runs `stop`. */
  fail(error: unknown): void
  /** Resolves when every work has ended. @throws the first failure */
  settle(works: Promise<unknown>[]): Promise<void>
}

export function createSharedFailure(stop: (error: unknown) => void): SharedFailure {
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
