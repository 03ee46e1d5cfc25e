import type { Context } from 'aws-lambda'
import { mayBegin, parseBackupRequest } from '#backups/operations/backup-request'
import { runBackup } from '#backups/operations/run-backup'
import { prepareBackup, withFailureReport } from '#runtime/backups'
import { getProcessContext } from '#runtime/process-context'
import { getDeadline } from '#runtime/deadline'

/**
 * The schedule calls it, and the queue of requests. A failed run throws, so that the schedule tries again and the alarm
 * rings; a request that the queue delivers again finds the record of its run, and is done.
 */
export function handler(event?: unknown, lambdaContext?: Context): Promise<{ backupId: string }> {
  const context = getProcessContext('backup')
  const deadline = getDeadline(context, lambdaContext)
  return withFailureReport(context, 'backup_failed', async () => {
    const { deps, input: scheduled } = prepareBackup(context)
    const input = { ...scheduled, id: parseBackupRequest(event) ?? scheduled.id }
    if (input.id !== scheduled.id && !(await mayBegin(deps.store, input, context.clock.now()))) {
      context.log.warn('backup_request_dropped', { id: input.id })
      return { backupId: input.id }
    }
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
