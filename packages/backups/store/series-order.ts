/**
 * Orders the backups of one series. Ids come from clocks, and clocks are wrong at times: the number that each run takes
 * decides before the id does, and an id from the future counts for nothing.
 */
import { type BackupId, timeOf } from '#backups/format/backup-id'

export interface Numbered {
  id: BackupId
  /** As its manifest says it; 0 in a manifest without one, which is older; undefined where no manifest can be read. */
  sequence?: number | undefined
}

/** Two machines that keep their time are never as far apart. */
export const CLOCK_SKEW_MS_MAX = 5 * 60 * 1000

export function isFromFuture(id: BackupId, now: Date): boolean {
  return timeOf(id).getTime() - now.getTime() > CLOCK_SKEW_MS_MAX
}

/** Runs that went on at the same time have the same number, and are told apart by their ids. */
export function compareNumbered(one: Numbered, other: Numbered): number {
  const byNumber = (one.sequence ?? 0) - (other.sequence ?? 0)
  if (byNumber !== 0) return byNumber
  if (one.id === other.id) return 0
  return one.id < other.id ? -1 : 1
}

/** What has no manifest goes where its id belongs among the others. */
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

/** Several series as one list. Their numbers have nothing to do with each other: each keeps its order. */
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
 * When each was made, as far as it can be known: a backup is no older than one that came before it, whatever the clock
 * said when it was stamped. Ids from the future are left out.
 */
export function madeTimes(newestFirst: readonly Numbered[], now: Date): Map<BackupId, Date> {
  const times = new Map<BackupId, Date>()
  let latestMs = 0
  for (const { id, sequence } of newestFirst.toReversed()) {
    if (isFromFuture(id, now)) continue
    const stampMs = timeOf(id).getTime()
    if (sequence !== undefined) latestMs = Math.max(latestMs, stampMs)
    times.set(id, new Date(sequence === undefined ? stampMs : latestMs))
  }
  return times
}

/** `stamped 1,494 days ahead of now` */
export function aheadText(id: BackupId, now: Date): string {
  return `stamped ${spanText(timeOf(id).getTime() - now.getTime())} ahead of now`
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `1,494 days`, `3 hours`, `7 minutes`: for spans of time that nobody needs to the second. */
export function spanText(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, unitMs]) => ms >= 2 * unitMs) ?? ['minute', 60_000]
  const count = Math.round(ms / unitMs)
  return `${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'}`
}
