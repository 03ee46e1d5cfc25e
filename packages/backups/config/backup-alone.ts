import type { Clock } from '#platform/clock'
import type { BackupRef } from '#backups/store/catalog'
import { type CollectedConfig, requireSomeConfig, writeConfig } from '#backups/config/collect'
import { type ConfigManifest, MANIFEST_VERSION, parseAnyManifest } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { joinSeries, type SeriesOverrides } from '#backups/operations/series'

/**
 * Backs up settings without data. Give it a source name of its own (see `nameConfigSource`). @throws AppError
 * BACKUP_FAILED when there is nothing to store, CLOCK_SKEWED, SOURCE_CHANGED, STORAGE_UNAVAILABLE
 */
export async function backUpConfig(
  { store, clock }: { store: ObjectStore; clock: Clock },
  input: BackupRef & SeriesOverrides & { collected: CollectedConfig; toolVersion: string },
): Promise<ConfigManifest> {
  const { source, id, collected, toolVersion } = input
  const startedAt = clock.now()
  requireSomeConfig(collected)
  const { sequence, storeTime } = await joinSeries(store, { ...input, identity: { kind: 'config' } })
  const config = await writeConfig({ store }, { source, id }, collected)
  const manifest = parseAnyManifest({
    version: MANIFEST_VERSION,
    kind: 'config',
    id,
    source,
    createdAt: startedAt.toISOString(),
    durationMs: clock.now().getTime() - startedAt.getTime(),
    toolVersion,
    sequence,
    storeTime,
    object: config?.object,
    config,
  }) as ConfigManifest
  await store.putJson(buildBackupKeys(source, id).manifest, manifest)
  return manifest
}
