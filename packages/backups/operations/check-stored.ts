/**
 * Reads a backup's objects completely and compares their hashes, to find what a disk or a bucket has lost since the
 * proof.
 */
import type { Clock } from '#platform/clock'
import { AppError, getErrorMessage } from '#platform/errors'
import { type BackupRef, type CatalogStore, readHashedManifest } from '#backups/store/catalog'
import { CHECK_VERSION, buildCheckKey, type CheckRecord } from '#backups/operations/check-record'
import { countReads } from '#backups/dump/counting-reads'
import { type AnyManifest, listStoredObjects } from '#backups/format/manifest'
import { getKeyFolder } from '#backups/format/object-keys'
import { findDamage } from '#backups/store/object-sizes'
import type { ObjectStore } from '#backups/store/object-store'
import { checkObject } from '#backups/store/read-object'

interface CheckDeps {
  store: ObjectStore
  clock: Clock
}

/**
 * Stores its result beside the backup: damage is a result, not an error. @throws AppError BACKUP_NOT_FOUND,
 * BACKUP_DAMAGED (for a damaged manifest; nothing is stored), STORAGE_UNAVAILABLE
 */
export async function checkStored(
  { store, clock }: CheckDeps,
  { source, id, toolVersion }: BackupRef & { toolVersion: string },
): Promise<CheckRecord> {
  const { manifest, manifestSha256 } = await readHashedManifest(store, { source, id })
  const startedAt = clock.now()
  const reads = countReads(store)
  const reason = await findFault({ ...store, ...reads.store }, manifest)
  const record: CheckRecord = {
    version: CHECK_VERSION,
    backupId: id,
    manifestSha256,
    checkedAt: startedAt.toISOString(),
    passed: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
    bytes: reads.bytes(),
    durationMs: clock.now().getTime() - startedAt.getTime(),
    toolVersion,
  }
  await store.putJson(buildCheckKey(source, id), record)
  return record
}

/** Compares the listing first: an object of another size need not be read. */
async function findFault(
  store: Pick<ObjectStore, 'read'> & CatalogStore,
  manifest: AnyManifest,
): Promise<string | undefined> {
  const damage = findDamage(manifest, await store.listObjects(getKeyFolder(manifest.object.key)))
  if (damage) return damage.reason
  try {
    for (const object of listStoredObjects(manifest)) await checkObject(store, object)
    return undefined
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'BACKUP_DAMAGED') throw error
    return getErrorMessage(error)
  }
}
