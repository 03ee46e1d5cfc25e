import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { type BackupId, isBackupId } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ListedObject, ObjectStore } from '#backups/store/object-store'

export const CHECK_VERSION = 1

const schema = z.object({
  version: z.literal(CHECK_VERSION),
  backupId: z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value)),
  /** Hash of the stored manifest that the check used. */
  manifestSha256: z.string(),
  checkedAt: z.iso.datetime(),
  passed: z.boolean(),
  /** Reason of the failure. */
  reason: z.optional(z.string()),
  /** Bytes read. */
  bytes: z.int().check(z.nonnegative()),
  durationMs: z.int().check(z.nonnegative()),
  toolVersion: z.string(),
})

/**
 * Result of reading a backup's objects completely, without restoring them. It is stored beside the backup and removed
 * with it.
 */
export type CheckRecord = z.infer<typeof schema>

export function buildCheckKey(source: string, id: BackupId): string {
  return buildBackupKeys(source, id).manifest.replace(/manifest\.json$/, 'check.json')
}

/**
 * Reads the last check, unless a later proof has read the backup; the store's times decide which is later. Ignores a
 * check of another manifest or of an unknown version. @param listed the objects in the backup's folder @throws AppError
 * STORAGE_UNAVAILABLE
 */
export async function readCheck(
  store: Pick<ObjectStore, 'getJson'>,
  { source, id, manifestSha256 }: { source: string; id: BackupId; manifestSha256: string },
  listed: readonly ListedObject[],
): Promise<CheckRecord | undefined> {
  const writtenAt = (key: string) => listed.find((object) => object.key === key)?.modifiedAt
  const checkedAt = writtenAt(buildCheckKey(source, id))
  const provenAt = writtenAt(buildBackupKeys(source, id).proof)
  if (checkedAt === undefined || (provenAt !== undefined && checkedAt < provenAt)) return undefined
  try {
    const { data } = z.safeParse(schema, await store.getJson(buildCheckKey(source, id)))
    return data?.backupId === id && data.manifestSha256 === manifestSha256 ? data : undefined
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'BACKUP_DAMAGED') throw error
    return undefined
  }
}
