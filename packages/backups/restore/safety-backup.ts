import type { Clock } from '#platform/clock'
import { messageOf } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import { checkLayout, checkRows } from '#backups/dump/check'
import type { BackupRef } from '#backups/store/catalog'
import { dumpDatabase } from '#backups/dump/dump'
import type { ObjectStore } from '#backups/store/object-store'
import { checkObject } from '#backups/store/read-object'
import { SAFETY_PIN_DAYS } from '#backups/format/retention-tiers'
import type { SeriesOverrides } from '#backups/operations/series'

const DAY_MS = 86_400_000

export interface SafetyBackup extends Pick<SeriesOverrides, 'allowClockSkew'> {
  /** Called when it is taken: others may have been made since the restore began. */
  newId: () => BackupId
  toolVersion: string
  /** Asked of the live database, once it is known to be there. */
  readRevision?: ((databaseUrl: string) => Promise<string | undefined>) | undefined
  /** Has it proven soon, by somebody else: the restore doesn't wait for it. Absent where nobody would. */
  requestProof?: ((ref: BackupRef) => Promise<void>) | undefined
}

/**
 * Backs the live database up before it is replaced, as a backup like any other, pinned for as long as a restore may be
 * regretted. It is read back: every row must be there as its fingerprint says.
 * @throws AppError as `dumpDatabase`, or BACKUP_DAMAGED
 */
export async function takeSafetyBackup(
  { store, clock }: { store: ObjectStore; clock: Clock },
  input: SafetyBackup & { source: string; databaseUrl: string; before: BackupId },
): Promise<BackupId> {
  const { before, newId, readRevision, requestProof: _later, ...dump } = input
  const manifest = await dumpDatabase(
    { store, clock },
    {
      ...dump,
      id: newId(),
      sameDatabase: true, // whatever is replaced is backed up; no run is held to it, since it is pinned
      migrationRevision: await readRevision?.(dump.databaseUrl),
      allowIncomplete: true, // the database itself is kept, too
      pinned: `taken before ${before} was restored`,
      pinnedUntil: new Date(clock.now().getTime() + SAFETY_PIN_DAYS * DAY_MS),
    },
  )
  await checkObject(store, manifest.object)
  checkLayout(manifest)
  await checkRows(store, manifest)
  return manifest.id
}

/** Returns whether it was asked for, and what stood in the way: a restore that is done fails for nothing more. */
export async function askForSafetyProof(
  { requestProof }: SafetyBackup,
  ref: BackupRef,
): Promise<{ safetyProofAsked: boolean; remarks: string[] }> {
  if (!requestProof) return { safetyProofAsked: false, remarks: [] }
  try {
    await requestProof(ref)
    return { safetyProofAsked: true, remarks: [] }
  } catch (error) {
    return { safetyProofAsked: false, remarks: [`the safety backup is not proven: ${messageOf(error)}`] }
  }
}
