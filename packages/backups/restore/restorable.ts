/** Sees to it that a restore puts back what was backed up and nothing else: every byte is checked before it counts. */
import { AppError } from '#platform/errors'
import { type Backup, type BackupRef, type CatalogStore, requireKind, showBackup } from '#backups/store/catalog'
import { checkLayout } from '#backups/dump/check'
import type { AnyManifest, Manifest } from '#backups/format/manifest'
import type { Damage } from '#backups/store/object-sizes'
import type { ObjectStore } from '#backups/store/object-store'
import { checkObject } from '#backups/store/read-object'

/**
 * The manifest of a backup of Postgres that is restored, as a whole or in part. Members are checked by their own hashes as
 * they are read. The whole object is read and checked first when that is not enough: when the members have no hashes, as
 * in older backups, or when all is restored and no proof has shown that this manifest's hashes are those of its object.
 * @throws AppError BACKUP_NOT_FOUND, BACKUP_DAMAGED, BACKUP_UNSUPPORTED (of another kind), STORAGE_UNAVAILABLE
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
 * Refuses what the listing shows to be damaged. Where there are versions it describes another one than a restore reads, and
 * what an earlier check found may have been put right: a restore checks the bytes itself.
 * @throws AppError BACKUP_DAMAGED
 */
function requireUndamaged({ id, object }: AnyManifest, damage: Damage | undefined): void {
  if (!damage || damage.what === 'contents' || object.versionId !== undefined) return
  throw new AppError('BACKUP_DAMAGED', `backup ${id} is damaged: ${damage.reason}`)
}

/**
 * Runs what reads a backup. Should it fail, the bytes are checked once more: what a server says of damaged ones, long
 * before their end, is no more than a consequence.
 * @throws AppError BACKUP_DAMAGED, or what `work` throws
 */
export async function namingDamage<T>(work: () => Promise<T>, checkBytes: () => Promise<void>): Promise<T> {
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
