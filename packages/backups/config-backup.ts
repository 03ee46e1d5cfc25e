import type { Clock } from '#platform/clock'
import type { BackupRef } from '#backups/catalog'
import { type CollectedConfig, requireSomeConfig, writeConfig } from '#backups/config'
import { type ConfigManifest, MANIFEST_VERSION, parseAnyManifest } from '#backups/manifest'
import { keysOf } from '#backups/object-keys'
import type { ObjectStore } from '#backups/object-store'

/**
 * A backup of settings alone. Its source should be a name of its own, as of `configSourceOf`.
 * @throws AppError BACKUP_FAILED when there is nothing to keep, STORAGE_UNAVAILABLE
 */
export async function backUpConfig(
  { store, clock }: { store: ObjectStore; clock: Clock },
  input: BackupRef & { collected: CollectedConfig; toolVersion: string },
): Promise<ConfigManifest> {
  const { source, id, collected, toolVersion } = input
  const startedAt = clock.now()
  requireSomeConfig(collected)
  const config = await writeConfig({ store }, { source, id }, collected)
  const manifest = parseAnyManifest({
    version: MANIFEST_VERSION,
    kind: 'config',
    id,
    source,
    createdAt: startedAt.toISOString(),
    durationMs: clock.now().getTime() - startedAt.getTime(),
    toolVersion,
    object: config?.object,
    config,
  }) as ConfigManifest
  await store.putJson(keysOf(source, id).manifest, manifest)
  return manifest
}
