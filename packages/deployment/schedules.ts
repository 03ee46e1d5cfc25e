import type { FunctionName } from '#deployment/functions'
import { AppError } from '#platform/errors'
import { findSkippedDay, isTimeOfDay, isTimezone } from '#platform/local-time'

/** A scheduled run. The infrastructure and the local stack create their schedules from this table. */
export interface Schedule {
  name: string
  function: FunctionName
  /**
   * Five fields: minute, hour, day of month, month, day of week. One of the two day fields is `*`, and days of the week
   * are names (SUN): AWS and cron number them differently.
   */
  cron: string
  /** IANA name; the scheduler handles daylight saving. */
  timezone: string
  /** Further tries after a failed run; Lambda allows two at most. */
  retries: number
}

export const SCHEDULES = {
  backup: {
    name: 'NightlyBackup',
    function: 'backup',
    cron: '0 3 * * *',
    timezone: 'Europe/Istanbul',
    retries: 2,
  },
  reconcile: {
    name: 'HourlyReconcile',
    function: 'reconcile-backups',
    // runs between the full hours: the nightly backup and its proof are done by then
    cron: '40 * * * *',
    timezone: 'Europe/Istanbul',
    retries: 1,
  },
  rescans: {
    name: 'Rescans',
    function: 'rescan',
    cron: '* * * * *',
    timezone: 'Europe/Istanbul',
    retries: 1,
  },
  drill: {
    name: 'WeeklyDrill',
    function: 'restore-drill',
    cron: '0 5 * * SUN',
    timezone: 'Europe/Istanbul',
    retries: 1,
  },
  referrals: {
    name: 'ReferralSync',
    function: 'referrals',
    cron: '*/10 * * * *',
    timezone: 'Europe/Istanbul',
    retries: 1,
  },
  deliver: {
    name: 'MinutelyDelivery',
    function: 'deliver',
    cron: '* * * * *',
    timezone: 'Europe/Istanbul',
    retries: 1,
  },
  digests: {
    name: 'MinutelyDigests',
    function: 'digest',
    // each channel has an hour and a time zone of its own
    cron: '* * * * *',
    timezone: 'Europe/Istanbul',
    retries: 1,
  },
} as const satisfies Record<string, Schedule>

type Schedules = Record<keyof typeof SCHEDULES, Schedule>

interface Night {
  /** `HH:MM`; default: the table's. */
  time?: string | undefined
  /** IANA name for all schedules; default: the table's. */
  timezone?: string | undefined
}

/**
 * Returns the table with another time for the nightly backup, or another time zone.
 * @throws AppError SETTING_INVALID, also for a time that the zone's switch to summer time skips: that night's backup
 * would be skipped with it
 */
export function planSchedules({ time = '03:00', timezone = SCHEDULES.backup.timezone }: Night, now: Date): Schedules {
  if (!isTimeOfDay(time)) throw invalid('HUNTER_BACKUP_TIME must be a time such as 03:00')
  if (!isTimezone(timezone)) throw invalid('HUNTER_BACKUP_TIMEZONE must be a name such as Europe/Istanbul')
  const missing = findSkippedDay(time, timezone, now)
  if (missing) throw invalid(`HUNTER_BACKUP_TIME: on ${missing} there is no ${time} in ${timezone}`)
  const [hour, minute] = time.split(':').map(Number)
  const { backup, reconcile, rescans, drill, referrals, deliver, digests } = SCHEDULES
  return {
    backup: { ...backup, cron: `${minute} ${hour} * * *`, timezone },
    reconcile: { ...reconcile, timezone },
    rescans,
    drill: { ...drill, timezone },
    referrals,
    deliver,
    digests,
  }
}

function invalid(message: string): AppError {
  return new AppError('SETTING_INVALID', message)
}
