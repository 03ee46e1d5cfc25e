/** Tells a fault of the place where a backup is proven from one of the backup. */
import { AppError, messageOf } from '#platform/errors'

/**
 * SQLSTATEs of a server that is at its own end: no disk, memory or locks left (53), a disk that does not read or write
 * (58030), an error in itself (XX), which is also what a full disk below its log comes out as.
 */
const AT_ITS_END = /^(?:53...|58030|XX...)$/
/** Primary result codes of SQLite (sqlite.org/rescode.html): no memory, input or output, a full disk. */
const SQLITE_AT_ITS_END = new Set([7, 10, 13])

/** WebAssembly's error, and that of a process which ended: the embedded server's or pg_dump's. */
const CRASHES = new Set(['RuntimeError', 'ChildEnded'])

/** Whether it says nothing of the backup: the disk, the memory or the server of the proof is at fault. */
export function isFaultOfPlace(error: unknown): boolean {
  if (error instanceof AppError) return error.code !== 'BACKUP_DAMAGED' && isFaultOfPlace(error.cause)
  if (!(error instanceof Error)) return false
  if (CRASHES.has(error.name)) return true
  const { syscall, code, errcode } = error as { syscall?: string; code?: string; errcode?: number }
  if (errcode !== undefined) return SQLITE_AT_ITS_END.has(errcode & 0xff)
  return syscall !== undefined || AT_ITS_END.test(code ?? '')
}

/** Every failure in getting a place is its own: no byte of the backup was looked at. */
export async function orPlaceFailed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw cause instanceof AppError ? cause : placeFailed(cause)
  }
}

export function placeFailed(cause: unknown): AppError {
  return new AppError('PROOF_PLACE_FAILED', `the place of the proof failed: ${messageOf(cause)}`, { cause })
}
