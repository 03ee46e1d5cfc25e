/** What runs by the clock. The infrastructure and the local stack make their schedules from this one table. */
export interface Schedule {
  name: string
  /** The function's file without its ending, a dot, and the export to call. */
  handler: string
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
    handler: 'functions/backup.handler',
    cron: '0 3 * * *',
    timezone: 'Europe/Istanbul',
    retries: 2,
  },
  reconcile: {
    name: 'HourlyReconcile',
    handler: 'functions/reconcile-backups.handler',
    // between the full hours, so that the night's backup and its proof are done
    cron: '40 * * * *',
    timezone: 'Europe/Istanbul',
    retries: 1,
  },
  drill: {
    name: 'WeeklyDrill',
    handler: 'functions/restore-drill.handler',
    cron: '0 5 * * SUN',
    timezone: 'Europe/Istanbul',
    retries: 1,
  },
} as const satisfies Record<string, Schedule>
