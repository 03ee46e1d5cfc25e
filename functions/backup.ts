import type { Context } from 'aws-lambda'
import { runBackup } from '#backups/run-backup'
import { newBackup, reportingFailure } from '#runtime/backups'
import { baseOf } from '#runtime/base'

/** Enough to take an upload back and to say so, before the function is stopped. */
const RESERVE_MS = 30_000

/** Called by the schedule. A failed run throws, so that the schedule tries again and its alarm rings. */
export function handler(_event?: unknown, context?: Context): Promise<{ backupId: string }> {
  const base = baseOf('backup')
  const leftMs = context?.getRemainingTimeInMillis()
  const deadline = leftMs === undefined ? undefined : new Date(base.clock.now().getTime() + leftMs - RESERVE_MS)
  return reportingFailure(base, 'backup_failed', async () => {
    const { deps, input } = await newBackup(base)
    const { manifest, snapshot } = await runBackup(deps, { ...input, deadline })
    const { id, durationMs, object, members } = manifest
    base.log.info('backup_written', { id, snapshot, durationMs, bytes: object.gzipBytes, members: members.length })
    return { backupId: id }
  })
}
