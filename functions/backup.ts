import type { Context } from 'aws-lambda'
import { runBackup } from '#backups/operations/run-backup'
import { newBackup, reportingFailure } from '#runtime/backups'
import { baseOf } from '#runtime/process-context'
import { deadlineOf } from '#runtime/deadline'

/** Called by the schedule. A failed run throws, so that the schedule tries again and its alarm rings. */
export function handler(_event?: unknown, context?: Context): Promise<{ backupId: string }> {
  const base = baseOf('backup')
  const deadline = deadlineOf(base, context)
  return reportingFailure(base, 'backup_failed', async () => {
    const { deps, input } = newBackup(base)
    const onRetry = (reason: string) => base.log.warn('backup_began_again', { reason })
    // its database is the one that is deployed with it: a major upgrade or a restore makes another server of that
    const { manifest, snapshot } = await runBackup(deps, { ...input, deadline, onRetry, sameDatabase: true })
    const { id, durationMs, object, members } = manifest
    const { server } = manifest.database
    if (server?.replaces !== undefined) base.log.warn('backup_server_changed', { id, server })
    base.log.info('backup_written', { id, snapshot, durationMs, bytes: object.gzipBytes, members: members.length })
    return { backupId: id }
  })
}
