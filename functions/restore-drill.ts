import { drillRestore } from '#backups/operations/drill'
import { buildDrillMetrics } from '#backups/operations/metrics'
import { newDrill, printMetrics } from '#runtime/backup-operations'
import { reportingFailure } from '#runtime/backups'
import { baseOf } from '#runtime/process-context'

/** Called every week. A backup that does not restore throws, whatever its proof said. */
export function handler(): Promise<{ backupId: string; totalMs: number | undefined }> {
  const base = baseOf('restore-drill')
  return reportingFailure(base, 'drill_failed', async () => {
    const { deps, input } = newDrill(base)
    const drill = await drillRestore(deps, input)
    const { backupId, totalMs, tables, rows } = drill
    base.log.info('restore_drilled', { id: backupId, totalMs, tables, rows })
    printMetrics(base, buildDrillMetrics(drill))
    return { backupId, totalMs }
  })
}
