import type { Clock } from '#platform/clock'
import { getErrorMessage } from '#platform/errors'
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
  /** Called when the backup starts: other backups may have been made since the restore began. */
  newId: () => BackupId
  toolVersion: string
  /** Reads the live database's schema revision. Called once the database is known to exist. */
  readRevision?: ((databaseUrl: string) => Promise<string | undefined>) | undefined
  /** Requests a proof from another worker; the restore does not wait for it. Absent when there is none. */
  requestProof?: ((ref: BackupRef) => Promise<void>) | undefined
}

/**
 * Backs up the live database before it is replaced. The backup is pinned for as long as a restore may be undone, and
 * read back: every row must match its fingerprint. @throws AppError the errors of `dumpDatabase`, or BACKUP_DAMAGED
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
      sameDatabase: true, // any replaced database is backed up; the pin keeps it out of later comparisons
      migrationRevision: await readRevision?.(dump.databaseUrl),
      allowIncomplete: true, // The database itself is kept, too.
      pinned: `taken before ${before} was restored`,
      pinnedUntil: new Date(clock.now().getTime() + SAFETY_PIN_DAYS * DAY_MS),
    },
  )
  await checkObject(store, manifest.object)
  checkLayout(manifest)
  await checkRows(store, manifest)
  return manifest.id
}

/** Returns whether the proof was requested, or why not: a finished restore does not fail for it. */
export async function requestSafetyProof(
  { requestProof }: SafetyBackup,
  ref: BackupRef,
): Promise<{ safetyProofAsked: boolean; remarks: string[] }> {
  if (!requestProof) return { safetyProofAsked: false, remarks: [] }
  try {
    await requestProof(ref)
    return { safetyProofAsked: true, remarks: [] }
  } catch (error) {
    return { safetyProofAsked: false, remarks: [`the safety backup is not proven: ${getErrorMessage(error)}`] }
  }
}
