import { AppError } from '#platform/errors'
import { getBackupTime } from '#backups/format/backup-id'
import type { Snapshots } from '#backups/snapshots/start'
import { isFromFuture } from '#backups/store/series-order'
import { planSnapshots, type SnapshotDecision } from '#backups/snapshots/plan'

/** Removes snapshots by the plan, which it returns. @throws AppError SNAPSHOT_FAILED */
export async function pruneSnapshots(
  snapshots: Snapshots,
  input: { source: string; timezone: string },
): Promise<SnapshotDecision[]> {
  const plan = planSnapshots(await snapshots.list(), input)
  for (const { identifier, action } of plan) if (action === 'remove') await snapshots.remove(identifier)
  return plan
}

/** Longer than the first snapshot of any large database took. */
const PENDING_MS_MAX = 12 * 60 * 60 * 1000

/** Checks that snapshots arrive, since a backup starts them without waiting. @throws AppError SNAPSHOT_FAILED */
export function requireSnapshots(plan: readonly SnapshotDecision[], now: Date): void {
  for (const { identifier, backup, status, action } of plan) {
    if (action === 'remove' || status === 'available') continue
    if (status === 'failed') throw new AppError('SNAPSHOT_FAILED', `the snapshot ${identifier} failed`)
    if (isFromFuture(backup, now))
      throw new AppError('SNAPSHOT_FAILED', `the snapshot ${identifier} is ${status}, and stamped later than now`)
    const isStuck = now.getTime() - getBackupTime(backup).getTime() > PENDING_MS_MAX
    if (isStuck)
      throw new AppError('SNAPSHOT_FAILED', `the snapshot ${identifier} has been ${status} for over 12 hours`)
  }
}
