import { buildDamageMetrics, buildHealthMetrics } from '#backups/operations/metrics'
import { reconcileBackups, requireReconciled } from '#backups/operations/reconcile'
import { newReconciliation, printMetrics } from '#runtime/backup-operations'
import { reportingFailure } from '#runtime/backups'
import { baseOf } from '#runtime/process-context'

/** Called every hour. What could be done is done and measured before the run fails for what could not. */
export function handler(): Promise<{ done: Record<string, Record<string, number>> }> {
  const base = baseOf('reconcile-backups')
  return reportingFailure(base, 'backups_not_reconciled', async () => {
    const { deps, input } = newReconciliation(base)
    const report = await reconcileBackups(deps, input)
    const { done, health, damaged } = report
    base.log.info('backups_reconciled', { done, health })
    for (const backup of damaged ?? []) base.log.error('backup_damaged', { ...backup })
    printMetrics(base, [...(health ? buildHealthMetrics(health) : []), ...(damaged ? buildDamageMetrics(damaged) : [])])
    requireReconciled(report)
    return { done }
  })
}
