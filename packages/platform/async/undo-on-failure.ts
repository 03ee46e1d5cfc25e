import { AppError, getErrorMessage } from '#platform/errors'

/**
 * Runs `work`; when it fails, undoes what it began and rethrows its error. When the undo fails too, the message names
 * both errors and what is left behind.
 */
export async function undoOnFailure<T>(
  work: () => Promise<T>,
  undo: () => Promise<unknown>,
  leftBehind: string,
): Promise<T> {
  try {
    return await work()
  } catch (failure) {
    await undo().catch((second: unknown) => {
      const message = `${getErrorMessage(failure)}; ${leftBehind} stays behind: ${getErrorMessage(second)}`
      throw failure instanceof AppError
        ? new AppError(failure.code, message, { cause: failure })
        : new Error(message, { cause: failure })
    })
    throw failure
  }
}
