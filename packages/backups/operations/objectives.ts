/** Recovery objectives that the alarms enforce. */
export const BACKUP_OBJECTIVES = {
  /** A night and two hours: tolerates a late backup, not a missing one. */
  newestVerifiedHoursMax: 26,
  recoverySecondsMax: 300,
  /** A week and a day. */
  lastDrillDaysMax: 8,
} as const
