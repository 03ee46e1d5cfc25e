/**
 * Owns the plan of cluster snapshots: decides which ones stay. AWS allows a hundred in a region, so they are kept by
 * number, and fewer than the dumps.
 */
import { type BackupId, isBackupId, getBackupTime } from '#backups/format/backup-id'
import { createCalendar } from '#backups/retention/calendar'
import { BACKUP_TAG, type Snapshot, SOURCE_TAG } from '#backups/snapshots/start'

/** Keeps the newest ones, and the first of each of the newest weeks and months. */
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
  /** Creation time by the service's clock once known; before that, the time in the id. */
  at: Date
}

/**
 * Plans newest first, and only snapshots with our tags. The newest available one always stays, since the rules count
 * snapshots and ignore their age.
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
  return [{ identifier, status, backup, at: createdAt ?? getBackupTime(backup) }]
}

/** Returns the reason for each snapshot that stays. */
function keptByCount(newestFirst: Ours[], timezone: string): Map<string, string> {
  const dayOf = createCalendar(timezone)
  const kept = new Map<string, string>()
  const keep = ({ identifier }: Ours, reason: string) => kept.set(identifier, kept.get(identifier) ?? reason)
  const { daily, weekly, monthly } = SNAPSHOTS_KEPT
  for (const snapshot of newestFirst.slice(0, daily)) keep(snapshot, `among the newest ${daily}`)
  const firstOf = (period: 'month' | 'week', count: number) => {
    // The last one of a period in a newest-first list is its first by time.
    const firsts = new Map(newestFirst.map((snapshot) => [dayOf(snapshot.at)[period], snapshot]))
    for (const [name, snapshot] of [...firsts].slice(0, count)) keep(snapshot, `the first of the ${period} ${name}`)
  }
  firstOf('month', monthly)
  firstOf('week', weekly)
  return kept
}
