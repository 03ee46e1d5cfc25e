import { buildDamageMetrics, buildHealthMetrics } from '#backups/operations/metrics'
import { reconcileBackups, requireReconciled } from '#backups/operations/reconcile'
import { prepareReconciliation, printMetrics } from '#runtime/backup-operations'
import { withFailureReport } from '#runtime/backups'
import { getProcessContext } from '#runtime/process-context'

/**
 * The schedule calls it every hour. It does and measures everything it can before it fails for what it could not do.
 */
export function handler(): Promise<{ done: Record<string, Record<string, number>> }> {
  const context = getProcessContext('reconcile-backups')
  return withFailureReport(context, 'backups_not_reconciled', async () => {
    const { deps, input } = prepareReconciliation(context)
    const report = await reconcileBackups(deps, input)
    const { done, health, damaged } = report
    context.log.info('backups_reconciled', { done, health })
    for (const backup of damaged ?? []) context.log.error('backup_damaged', { ...backup })
    printMetrics(context, [
      ...(health ? buildHealthMetrics(health) : []),
      ...(damaged ? buildDamageMetrics(damaged) : []),
    ])
    requireReconciled(report)
    return { done }
  })
}
