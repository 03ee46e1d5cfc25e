/**
 * Orders the backups of a series. Ids come from clocks, which may be wrong: a run's sequence number decides before the
 * id does, and an id from the future never counts as newest.
 */
import { type BackupId, getBackupTime } from '#backups/format/backup-id'

export interface Numbered {
  id: BackupId
  /** The manifest's number; 0 for an older manifest without one; undefined when no manifest can be read. */
  sequence?: number | undefined
}

/** Two synchronised machines are never this far apart. */
export const CLOCK_SKEW_MS_MAX = 5 * 60 * 1000

export function isFromFuture(id: BackupId, now: Date): boolean {
  return getBackupTime(id).getTime() - now.getTime() > CLOCK_SKEW_MS_MAX
}

/** Concurrent runs have the same number; their ids decide. */
export function compareNumbered(one: Numbered, other: Numbered): number {
  const byNumber = (one.sequence ?? 0) - (other.sequence ?? 0)
  if (byNumber !== 0) return byNumber
  if (one.id === other.id) return 0
  return one.id < other.id ? -1 : 1
}

/** Places a backup without a manifest by its id. */
export function sortNewestFirst<Entry extends Numbered>(entries: readonly Entry[]): Entry[] {
  const numbered = entries.filter(({ sequence }) => sequence !== undefined).sort((a, b) => compareNumbered(b, a))
  const others = entries.filter(({ sequence }) => sequence === undefined).sort((a, b) => compareNumbered(b, a))
  const sorted: Entry[] = []
  for (const entry of numbered) {
    while (others[0] && others[0].id > entry.id) sorted.push(others.shift() as Entry)
    sorted.push(entry)
  }
  return [...sorted, ...others]
}

/**
 * Merges several series into one list. Numbers of different series are unrelated, so each series keeps its own order.
 */
export function mergeNewestFirst<Entry extends Numbered>(series: readonly Entry[][]): Entry[] {
  const left = series.map((entries) => [...entries])
  const merged: Entry[] = []
  for (;;) {
    const heads = left.filter(([head]) => head !== undefined).sort((a, b) => headId(b).localeCompare(headId(a)))
    const next = heads[0]?.shift()
    if (!next) return merged
    merged.push(next)
  }
}

function headId([head]: Numbered[]): string {
  return head?.id ?? ''
}

/**
 * Returns when each backup was made, as far as known: no earlier than the one before it, whatever the clock said. Omits
 * ids from the future.
 */
export function computeMadeTimes(newestFirst: readonly Numbered[], now: Date): Map<BackupId, Date> {
  const times = new Map<BackupId, Date>()
  let latestMs = 0
  for (const { id, sequence } of newestFirst.toReversed()) {
    if (isFromFuture(id, now)) continue
    const stampMs = getBackupTime(id).getTime()
    if (sequence !== undefined) latestMs = Math.max(latestMs, stampMs)
    times.set(id, new Date(sequence === undefined ? stampMs : latestMs))
  }
  return times
}

/** Example: `stamped 1,494 days ahead of now` */
export function formatAhead(id: BackupId, now: Date): string {
  return `stamped ${formatSpan(getBackupTime(id).getTime() - now.getTime())} ahead of now`
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** Example: `1,494 days`, `3 hours`, `7 minutes`. For durations that need no seconds. */
export function formatSpan(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, unitMs]) => ms >= 2 * unitMs) ?? ['minute', 60_000]
  const count = Math.round(ms / unitMs)
  return `${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'}`
}
