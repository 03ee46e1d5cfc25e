/** The schedule of rescans in words. */
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { systemClock } from '#platform/clock'
import type { Hold } from '#scans/rescans/plan-rescans'
import { changeSchedule, type ScheduleChanges } from '#scans/rescans/schedule'
import { readStatus, type RescanStatus } from '#scans/rescans/situation'
import { getActor } from '#cli/actor'
import { toPrintable } from '#cli/printable'
import { print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { withDatabase } from '#cli/with-database'
import { formatCount } from '#platform/count-text'

export async function changeAndShow(changes: ScheduleChanges, isJson: boolean): Promise<void> {
  const status = await withDatabase(async (db) => {
    await changeSchedule({ db, clock: systemClock }, changes, { actor: getActor() })
    return readStatus(db, systemClock.now())
  })
  printStatus(status, isJson)
}

export function printStatus(status: RescanStatus, isJson: boolean): void {
  print(isJson ? JSON.stringify(toSnakeCaseKeys(status)) : formatStatus(status))
}

const HOLDS: Record<Hold, string> = {
  paused: 'paused',
  people_first: 'waits: scans that people asked for come first',
  budget_spent: 'waits: the budget of the day is spent',
  under_way: 'at work: the last leads that it took up are being scanned',
  nothing_due: 'idle: no lead is due',
  other_run: 'at work',
}

function formatStatus({ everyDays, budget, timezone, paused, changed, spent, due, behindSeconds, hold }: RescanStatus) {
  const state = paused
    ? `paused since ${formatTime(paused.since)} by ${toPrintable(paused.by)}`
    : hold === null
      ? 'ready: the next run takes up leads'
      : HOLDS[hold]
  const oldest = due === 0 ? '' : `, the oldest for ${formatSpan(behindSeconds)}`
  return [
    `State     ${state}`,
    `Schedule  leads older than ${formatCount(everyDays, 'day')}, up to ${formatCount(budget, 'domain')} a day (${timezone})`,
    `Today     ${spent} of ${formatCount(budget, 'domain')} taken up`,
    `Due       ${due > 10_000 ? 'more than 10000 leads' : formatCount(due, 'lead')}${oldest}`,
    ...(changed ? [`Changed   ${formatTime(changed.at)} by ${toPrintable(changed.by)}`] : []),
  ].join('\n')
}

function formatSpan(seconds: number): string {
  const hours = Math.floor(seconds / 3_600)
  return hours < 48 ? formatCount(hours, 'hour') : formatCount(Math.floor(hours / 24), 'day')
}
