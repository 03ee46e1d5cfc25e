/** Ensures that a restore uses exactly the bytes that were backed up: every byte is checked before it counts. */
import { AppError } from '#platform/errors'
import { type Backup, type BackupRef, type CatalogStore, requireKind, showBackup } from '#backups/store/catalog'
import { checkLayout } from '#backups/dump/check'
import type { AnyManifest, Manifest } from '#backups/format/manifest'
import type { Damage } from '#backups/store/object-sizes'
import type { ObjectStore } from '#backups/store/object-store'
import { checkObject } from '#backups/store/read-object'

/**
 * Reads the manifest of a Postgres backup to restore as a whole or in part. Members are checked by their own hashes as
 * they are read. The whole object is read and checked first when that is not enough: when the members have no hashes,
 * as in older backups, or when all of it is restored and no proof has shown that this manifest's hashes match its
 * object. @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED, BACKUP_UNSUPPORTED (another kind), STORAGE_UNAVAILABLE
 */
export async function readRestorable(
  store: CatalogStore & Pick<ObjectStore, 'read'>,
  ref: BackupRef,
  part: 'whole' | 'table',
): Promise<Manifest> {
  const backup = await showUndamaged(store, ref)
  const manifest = requireKind(backup.manifest, 'postgres')
  const { object, members } = manifest
  checkLayout(manifest)
  const isProven = backup.state === 'verified' && backup.proof?.manifestSha256 !== undefined
  const isEnough = members.every(({ sha256 }) => sha256 !== undefined) && (isProven || part === 'table')
  if (!isEnough) await checkObject(store, object)
  return manifest
}

/** @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED, STORAGE_UNAVAILABLE */
export async function showUndamaged(store: CatalogStore, ref: BackupRef): Promise<Backup> {
  const backup = await showBackup(store, ref)
  requireUndamaged(backup.manifest, backup.damage)
  return backup
}

/**
 * Refuses a backup that the listing shows as damaged. In a versioned bucket the listing describes another version than
 * a restore reads, and the damage that an earlier check found may be repaired: a restore then checks the bytes itself.
 * @throws AppError BACKUP_DAMAGED
 */
function requireUndamaged({ id, object }: AnyManifest, damage: Damage | undefined): void {
  if (!damage || damage.what === 'contents' || object.versionId !== undefined) return
  throw new AppError('BACKUP_DAMAGED', `backup ${id} is damaged: ${damage.reason}`)
}

/**
 * Runs `work`, which reads a backup, and checks the bytes again when it fails: a server may fail on damaged bytes long
 * before their end. @throws AppError BACKUP_DAMAGED, or the error of `work`
 */
export async function explainDamage<T>(work: () => Promise<T>, checkBytes: () => Promise<void>): Promise<T> {
  try {
    return await work()
  } catch (failure) {
    if (failure instanceof AppError && failure.code !== 'RESTORE_FAILED') throw failure
    await checkBytes().catch((found: unknown) => {
      throw found instanceof AppError && found.code === 'BACKUP_DAMAGED'
        ? new AppError('BACKUP_DAMAGED', found.message, { cause: failure })
        : failure
    })
    throw failure
  }
}
