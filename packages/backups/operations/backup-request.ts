/** Backups that a user requests: the message to the function that makes them, and how long a request counts. */
import * as z from 'zod/mini'
import { type BackupId, getBackupTime, isBackupId } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { BackupRef } from '#backups/store/catalog'
import type { ObjectStore } from '#backups/store/object-store'

/** An older request is dropped, and another may be made. A run's clock may differ by five minutes from the store's. */
const REQUEST_MS_MAX = 4 * 60 * 1_000

const backupId = z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value))
const eventSchema = z.object({ Records: z.array(z.object({ body: z.string() })) })
const messageSchema = z.object({ backupId })

export function formatBackupRequest(id: BackupId): string {
  return JSON.stringify({ backupId: id } satisfies z.infer<typeof messageSchema>)
}

/** Returns the requested id of an event of the queue; undefined for the event of the schedule. */
export function parseBackupRequest(event: unknown): BackupId | undefined {
  const { data } = z.safeParse(eventSchema, event)
  const [record] = data?.Records ?? []
  return record && z.parse(messageSchema, JSON.parse(record.body)).backupId
}

export function isRequestOpen(id: BackupId, now: Date): boolean {
  return now.getTime() - getBackupTime(id).getTime() < REQUEST_MS_MAX
}

/** The queue may deliver a request twice, or too late. @throws AppError STORAGE_UNAVAILABLE */
export async function mayBegin(store: Pick<ObjectStore, 'listKeys'>, ref: BackupRef, now: Date): Promise<boolean> {
  if (!isRequestOpen(ref.id, now)) return false
  const { manifest, run } = buildBackupKeys(ref.source, ref.id)
  const keys = await store.listKeys(run.slice(0, -'run.json'.length))
  return !keys.includes(run) && !keys.includes(manifest)
}
