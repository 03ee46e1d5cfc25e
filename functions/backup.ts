import type { Context } from 'aws-lambda'
import { runBackup } from '#backups/operations/run-backup'
import { prepareBackup, withFailureReport } from '#runtime/backups'
import { getProcessContext } from '#runtime/process-context'
import { getDeadline } from '#runtime/deadline'

/** The schedule calls it. A failed run throws, so that the schedule tries again and its alarm rings. */
export function handler(_event?: unknown, lambdaContext?: Context): Promise<{ backupId: string }> {
  const context = getProcessContext('backup')
  const deadline = getDeadline(context, lambdaContext)
  return withFailureReport(context, 'backup_failed', async () => {
    const { deps, input } = prepareBackup(context)
    const onRetry = (reason: string) => context.log.warn('backup_began_again', { reason })
    // this database is the one deployed with it: a major upgrade or a restore turns it into another server
    const { manifest, snapshot } = await runBackup(deps, { ...input, deadline, onRetry, sameDatabase: true })
    const { id, durationMs, object, members } = manifest
    const { server } = manifest.database
    if (server?.replaces !== undefined) context.log.warn('backup_server_changed', { id, server })
    context.log.info('backup_written', { id, snapshot, durationMs, bytes: object.gzipBytes, members: members.length })
    return { backupId: id }
  })
}
