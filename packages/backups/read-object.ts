import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError, messageOf } from '#platform/errors'
import type { StoredObject } from '#backups/manifest'
import type { ObjectStore } from '#backups/object-store'
import { createMeter } from '#backups/store-object'

const CHUNK_BYTES = 256 * 1024

/** Reads all of an object. @throws AppError BACKUP_DAMAGED when it is not what was written */
export async function checkObject(store: Pick<ObjectStore, 'read'>, object: StoredObject): Promise<void> {
  const meter = createMeter()
  for await (const chunk of meter.count(await store.read(object))) void chunk
  if (meter.bytes() !== object.gzipBytes) {
    throw new AppError('BACKUP_DAMAGED', `the object has ${meter.bytes()} bytes and not ${object.gzipBytes}`)
  }
  if (meter.sha256() !== object.sha256) throw new AppError('BACKUP_DAMAGED', 'the object is not what was written')
}

/**
 * What was stored, unpacked. Throws after the last chunk, too: only a reader that came to the end has seen all of it.
 * @throws AppError BACKUP_DAMAGED
 */
export async function* readObject(store: Pick<ObjectStore, 'read'>, object: StoredObject): AsyncGenerator<Buffer> {
  const meter = createMeter()
  const stored = await store.read(object)
  try {
    yield* meter.count(object.codec === 'none' ? stored : gunzipped(stored))
  } catch (cause) {
    if (!isZlibError(cause)) throw cause
    throw new AppError('BACKUP_DAMAGED', `the object does not unpack: ${messageOf(cause)}`, { cause })
  }
  if (meter.bytes() === object.rawBytes) return
  throw new AppError('BACKUP_DAMAGED', `the object unpacks to ${meter.bytes()} bytes and not ${object.rawBytes}`)
}

function gunzipped(stored: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  pipeline(stored, gunzip, () => undefined) // a failure of either ends the reader's loop with it
  return gunzip as AsyncIterable<Buffer>
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}
