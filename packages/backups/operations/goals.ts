/** What the alarms hold the backups to. */
export const BACKUP_GOALS = {
  /** A night and two hours: one late backup is forgiven, a missing one is not. */
  newestVerifiedHoursMax: 26,
  recoverySecondsMax: 300,
  /** A week and a day. */
  lastDrillDaysMax: 8,
} as const
