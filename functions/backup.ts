import { runBackup } from '#backups/run-backup'
import { messageOf } from '#platform/errors'
import { newBackup } from '#runtime/backups'
import { baseOf } from '#runtime/base'

/** Called by the schedule. A failed run throws, so that the schedule tries again and its alarm rings. */
export async function handler(): Promise<{ backupId: string }> {
  const base = baseOf('backup')
  try {
    const { deps, input } = await newBackup(base)
    const { manifest, snapshot } = await runBackup(deps, input)
    const { id, durationMs, object, members } = manifest
    base.log.info('backup written', { id, snapshot, durationMs, bytes: object.gzipBytes, members: members.length })
    return { backupId: id }
  } catch (error) {
    base.log.error('backup failed', { reason: messageOf(error), error })
    throw error
  }
}
