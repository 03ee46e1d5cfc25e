import { drillRestore } from '#backups/operations/drill'
import { buildDrillMetrics } from '#backups/operations/metrics'
import { prepareDrill, printMetrics } from '#runtime/backup-operations'
import { withFailureReport } from '#runtime/backups'
import { getProcessContext } from '#runtime/process-context'

/** The schedule calls it every week. It throws when a backup does not restore, whatever its proof said. */
export function handler(): Promise<{ backupId: string; totalMs: number | undefined }> {
  const context = getProcessContext('restore-drill')
  return withFailureReport(context, 'drill_failed', async () => {
    const { deps, input } = prepareDrill(context)
    const drill = await drillRestore(deps, input)
    const { backupId, totalMs, tables, rows } = drill
    context.log.info('restore_drilled', { id: backupId, totalMs, tables, rows })
    printMetrics(context, buildDrillMetrics(drill))
    return { backupId, totalMs }
  })
}
