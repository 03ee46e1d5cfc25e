/** Sorts backups into the reader's days. Pure. */
import type { ClientOperations, DataOf } from '#client/operations'

export type Backup = DataOf<ClientOperations['get /admin/backups']>['backups'][number]
export type Stats = DataOf<ClientOperations['get /admin/backups/stats']>

export const DAYS = 42

export interface Day {
  start: Date
  /** `missing`: the day is over, or its run was due, and there is none; `before`: older than the first known backup. */
  state: Backup['state'] | 'missing' | 'due' | 'before'
  /** The best of the day's backups. */
  backup: Backup | undefined
}

/** An id begins with the time at which the backup began, in UTC: `20261120T000000Z-4f9c2a`. */
export function readTime(id: string): Date {
  const [, date = '', time = ''] = /^(\d{8})T(\d{6})Z/.exec(id) ?? []
  return new Date(`${date.replace(/(....)(..)/, '$1-$2-')}T${time.replace(/(..)(..)/, '$1:$2:')}Z`)
}

const BEST_FIRST: readonly Backup['state'][] = ['verified', 'running', 'unproven', 'failed']

/** The last `DAYS` days, oldest first; `backups` are those of the database. */
export function sortIntoDays(backups: readonly Backup[], { now, nextRunAt }: { now: Date; nextRunAt: Date }): Day[] {
  const byDay = Map.groupBy(backups, ({ id }) => readTime(id).toDateString())
  const oldest = backups.at(-1)
  const first = oldest ? readTime(oldest.id) : now
  return Array.from({ length: DAYS }, (_, at) => {
    const start = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (DAYS - 1 - at))
    const end = new Date(start.getFullYear(), start.getMonth(), start.getDate() + 1)
    const backup = (byDay.get(start.toDateString()) ?? []).toSorted((one, other) => rank(one) - rank(other))[0]
    const isDue = at === DAYS - 1 && nextRunAt < end
    return { start, backup, state: backup?.state ?? (end <= first ? 'before' : isDue ? 'due' : 'missing') }
  })
}

function rank({ state }: Backup): number {
  return BEST_FIRST.indexOf(state)
}
