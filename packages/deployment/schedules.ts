import type { FunctionName } from '#deployment/functions'
import { AppError } from '#platform/errors'
import { findSkippedDay, isTimeOfDay, isTimezone } from '#platform/local-time'

/** What runs by the clock. The infrastructure and the local stack make their schedules from this one table. */
export interface Schedule {
  name: string
  function: FunctionName
  /**
   * Five fields: minute, hour, day of month, month, day of week. One of the two day fields is `*`, and days of the
   * week are names (SUN): AWS and cron number them differently.
   */
  cron: string
  /** IANA name; daylight saving is the scheduler's business. */
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
    // between the full hours, so that the night's backup and its proof are done
    cron: '40 * * * *',
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
} as const satisfies Record<string, Schedule>

type Schedules = Record<keyof typeof SCHEDULES, Schedule>

interface Night {
  /** `HH:MM`; without it, that of the table. */
  time?: string | undefined
  /** IANA name, of all schedules; without it, that of the table. */
  timezone?: string | undefined
}

/**
 * The table with another time for the nightly backup, or in another place.
 * @throws AppError SETTING_INVALID also for a time that the place's summer time leaves out: so would the backup be
 */
export function planSchedules({ time = '03:00', timezone = SCHEDULES.backup.timezone }: Night, now: Date): Schedules {
  if (!isTimeOfDay(time)) throw invalid('HUNTER_BACKUP_TIME must be a time such as 03:00')
  if (!isTimezone(timezone)) throw invalid('HUNTER_BACKUP_TIMEZONE must be a name such as Europe/Istanbul')
  const missing = findSkippedDay(time, timezone, now)
  if (missing) throw invalid(`HUNTER_BACKUP_TIME: on ${missing} there is no ${time} in ${timezone}`)
  const [hour, minute] = time.split(':').map(Number)
  const { backup, reconcile, drill } = SCHEDULES
  return {
    backup: { ...backup, cron: `${minute} ${hour} * * *`, timezone },
    reconcile: { ...reconcile, timezone },
    drill: { ...drill, timezone },
  }
}

function invalid(message: string): AppError {
  return new AppError('SETTING_INVALID', message)
}
