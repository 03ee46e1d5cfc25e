import { AppError, getErrorMessage } from '#platform/errors'
import type { Manifest } from '#backups/format/manifest'
import type { RestoreTarget } from '#backups/restore/target'

/**
 * Explains a failed restore on an older server. A dump targets its own server's version and newer ones; an older server
 * may accept it or fail. @throws AppError RESTORE_FAILED that names both versions
 */
export async function explainVersionMismatch<T>(
  manifest: Manifest,
  target: RestoreTarget,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { serverMajor, serverVersion } = manifest.database
    const isElsewhere = cause instanceof AppError && cause.code !== 'RESTORE_FAILED'
    if (isElsewhere || target.serverMajor >= serverMajor) throw cause
    const older = `${target.name} is older than the Postgres ${serverVersion} that was backed up`
    throw new AppError('RESTORE_FAILED', `${older}, and may not support it: ${getErrorMessage(cause)}`, { cause })
  }
}
