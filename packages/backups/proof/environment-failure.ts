/** Distinguishes a failure of the proof's environment from a fault of the backup. */
import { AppError, getErrorMessage } from '#platform/errors'

/**
 * SQLSTATEs of a failing server: out of disk, memory or locks (53), disk errors (58030), internal errors (XX), which a
 * full disk under the log also raises.
 */
const AT_ITS_END = /^(?:53...|58030|XX...)$/
/** Primary result codes of SQLite (sqlite.org/rescode.html): out of memory, input/output error, disk full. */
const SQLITE_AT_ITS_END = new Set([7, 10, 13])

/** WebAssembly's error, and the error of a child process that ended: the embedded server or pg_dump. */
const CRASHES = new Set(['RuntimeError', 'ChildEnded'])

/** True when the disk, the memory or the server of the proof failed, which says nothing about the backup. */
export function isEnvironmentFailure(error: unknown): boolean {
  if (error instanceof AppError) return error.code !== 'BACKUP_DAMAGED' && isEnvironmentFailure(error.cause)
  if (!(error instanceof Error)) return false
  if (CRASHES.has(error.name)) return true
  const { syscall, code, errcode } = error as { syscall?: string; code?: string; errcode?: number }
  if (errcode !== undefined) return SQLITE_AT_ITS_END.has(errcode & 0xff)
  return syscall !== undefined || AT_ITS_END.test(code ?? '')
}

/**
 * Maps every failure while the environment opens to PROOF_PLACE_FAILED: the proof has read no byte of the backup yet.
 */
export async function mapEnvironmentFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw cause instanceof AppError ? cause : toEnvironmentFailure(cause)
  }
}

export function toEnvironmentFailure(cause: unknown): AppError {
  return new AppError('PROOF_PLACE_FAILED', `the proof environment failed: ${getErrorMessage(cause)}`, { cause })
}
