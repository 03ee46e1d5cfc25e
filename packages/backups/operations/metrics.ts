/**
 * Builds the metrics that alarms watch. An unknown value is not sent: the alarm treats a missing age like an old one.
 */
import type { DamagedBackup } from '#backups/operations/damaged'
import type { Drill } from '#backups/operations/drill-report'
import type { BackupHealth } from '#backups/operations/health'
import type { Metric } from '#platform/metrics/emf'

export const BACKUP_METRICS = {
  namespace: 'Hunter/Backups',
  age: 'NewestVerifiedAgeHours',
  drillAge: 'LastDrillAgeDays',
  recovery: 'RecoverySeconds',
  fromFuture: 'BackupsFromFuture',
  damaged: 'DamagedBackups',
} as const

export function buildHealthMetrics({ ageHours, drillAgeDays, fromFuture }: BackupHealth): Metric[] {
  return [
    { name: BACKUP_METRICS.fromFuture, unit: 'Count', value: fromFuture.length },
    ...(ageHours === undefined ? [] : [{ name: BACKUP_METRICS.age, unit: 'None' as const, value: ageHours }]),
    ...(drillAgeDays === undefined
      ? []
      : [{ name: BACKUP_METRICS.drillAge, unit: 'None' as const, value: drillAgeDays }]),
  ]
}

export function buildDamageMetrics(damaged: readonly DamagedBackup[]): Metric[] {
  return [{ name: BACKUP_METRICS.damaged, unit: 'Count', value: damaged.length }]
}

export function buildDrillMetrics({ totalMs }: Drill): Metric[] {
  return totalMs === undefined ? [] : [{ name: BACKUP_METRICS.recovery, unit: 'Seconds', value: totalMs / 1_000 }]
}
