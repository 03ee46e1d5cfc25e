import { readDrills } from '#backups/operations/drill-report'
import { listUnprovenRuns, type RunWatch } from '#backups/operations/failed-runs'
import { type BackupStats, computeBackupStats } from '#backups/operations/stats'
import { type CatalogStore, listBackups } from '#backups/store/catalog'

/** Returns undefined when the source has no run at all. @throws AppError STORAGE_UNAVAILABLE */
export async function readStats(
  store: CatalogStore,
  source: string,
  watch: RunWatch,
): Promise<({ source: string } & BackupStats) | undefined> {
  const entries = await listBackups(store, source)
  const runs = await listUnprovenRuns(store, { source, entries }, watch)
  const stats = computeBackupStats({ entries, runs, drills: await readDrills(store, source), now: watch.now })
  return stats.proofRate === undefined ? undefined : { source, ...stats }
}
