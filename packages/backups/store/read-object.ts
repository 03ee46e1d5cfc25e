import { AppError } from '#platform/errors'
import type { StoredObject } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { createMeter } from '#backups/store/write-object'
import { createHashError, unpackStored } from '#backups/store/unpack-stored'

/** Reads a whole object and checks its hashes. @throws AppError BACKUP_DAMAGED when it differs from what was written */
export async function checkObject(store: Pick<ObjectStore, 'read'>, object: StoredObject): Promise<void> {
  const meter = createMeter()
  for await (const chunk of meter.count(await store.read(object))) void chunk
  if (meter.bytes() !== object.gzipBytes) throw createSizeError(object, meter.bytes())
  if (meter.sha256() !== object.sha256) throw createHashError(object.key)
}

function createSizeError({ key, gzipBytes }: StoredObject, bytes: number): AppError {
  return new AppError('BACKUP_DAMAGED', `${key} has ${bytes} bytes instead of ${gzipBytes}`)
}

/**
 * Reads and unpacks an object. It may throw after the last chunk: only a reader that reached the end has verified it.
 * @throws AppError BACKUP_DAMAGED when it differs from what was written
 */
export async function* readObject(store: Pick<ObjectStore, 'read'>, object: StoredObject): AsyncGenerator<Buffer> {
  const { key: name, codec, rawBytes, sha256 } = object
  yield* unpackStored(await store.read(object), { name, codec, rawBytes, sha256 })
}
