/** Decides which snapshots stay. AWS allows a hundred in a region: they are kept by number, and fewer than the dumps. */
import { type BackupId, isBackupId, timeOf } from '#backups/format/backup-id'
import { calendarIn } from '#backups/retention/calendar'
import { BACKUP_TAG, type Snapshot, SOURCE_TAG } from '#backups/snapshots/start'

/** The newest so many; the first of each of the newest so many weeks and months. */
export const SNAPSHOTS_KEPT = { daily: 7, weekly: 4, monthly: 3 } as const

export interface SnapshotDecision {
  identifier: string
  backup: BackupId
  status: string
  action: 'keep' | 'remove'
  reason: string
}

interface Ours {
  identifier: string
  backup: BackupId
  status: string
  /** By the service's clock, where it has said so: the id comes from another. */
  at: Date
}

/**
 * Newest first, and ours alone: a snapshot without our tags is not in the plan. The newest available one always stays, as
 * kept are by number and not by age.
 */
export function planSnapshots(
  snapshots: readonly Snapshot[],
  { source, timezone }: { source: string; timezone: string },
): SnapshotDecision[] {
  const newestFirst = snapshots
    .flatMap((snapshot) => ours(snapshot, source))
    .sort((a, b) => b.at.getTime() - a.at.getTime() || (a.backup < b.backup ? 1 : -1))
  const available = newestFirst.filter(({ status }) => status === 'available')
  const kept = keptByCount(available, timezone)
  return newestFirst.map(({ at, ...snapshot }) => {
    const { status, identifier } = snapshot
    if (status === 'failed') {
      const isReplaced = available[0] !== undefined && at < available[0].at
      return isReplaced
        ? { ...snapshot, action: 'remove', reason: 'it failed; a newer one is available' }
        : { ...snapshot, action: 'keep', reason: 'it failed; no newer one is available' }
    }
    if (status !== 'available') return { ...snapshot, action: 'keep', reason: `it is ${status}` }
    const reason = kept.get(identifier)
    return reason
      ? { ...snapshot, action: 'keep', reason }
      : { ...snapshot, action: 'remove', reason: 'neither among the newest nor the first of a recent week or month' }
  })
}

function ours({ identifier, status, tags, createdAt }: Snapshot, source: string): Ours[] {
  const backup = tags[BACKUP_TAG] ?? ''
  if (tags[SOURCE_TAG] !== source || !isBackupId(backup)) return []
  return [{ identifier, status, backup, at: createdAt ?? timeOf(backup) }]
}

/** Why each stays that stays. */
function keptByCount(newestFirst: Ours[], timezone: string): Map<string, string> {
  const dayOf = calendarIn(timezone)
  const kept = new Map<string, string>()
  const keep = ({ identifier }: Ours, reason: string) => kept.set(identifier, kept.get(identifier) ?? reason)
  const { daily, weekly, monthly } = SNAPSHOTS_KEPT
  for (const snapshot of newestFirst.slice(0, daily)) keep(snapshot, `among the newest ${daily}`)
  const firstOf = (period: 'month' | 'week', count: number) => {
    // the last of a newest-first list that has the period is its first by time
    const firsts = new Map(newestFirst.map((snapshot) => [dayOf(snapshot.at)[period], snapshot]))
    for (const [name, snapshot] of [...firsts].slice(0, count)) keep(snapshot, `the first of the ${period} ${name}`)
  }
  firstOf('month', monthly)
  firstOf('week', weekly)
  return kept
}
