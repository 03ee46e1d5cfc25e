import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError, getErrorMessage } from '#platform/errors'
import type { Codec } from '#backups/format/manifest'
import { createMeter } from '#backups/store/write-object'

const CHUNK_BYTES = 256 * 1024

/** The manifest's description of stored bytes. */
interface Stored {
  /** Name for messages. */
  name: string
  /** Absent: gzip. */
  codec: Codec | undefined
  rawBytes: number
  /** Hash of the stored bytes; older manifests lack it for the parts of an object. */
  sha256?: string | undefined
}

/**
 * Unpacks and hashes a stream. It may throw after the last chunk: only a reader that reached the end has verified it.
 * @throws AppError BACKUP_DAMAGED
 */
export async function* unpackStored(chunks: AsyncIterable<Buffer>, expected: Stored): AsyncGenerator<Buffer> {
  const { name, codec, rawBytes, sha256 } = expected
  const [stored, raw] = [createMeter(), createMeter()]
  const counted = stored.count(chunks)
  try {
    yield* raw.count(codec === 'none' ? counted : gunzipped(counted))
  } catch (cause) {
    if (!isZlibError(cause)) throw cause
    throw new AppError('BACKUP_DAMAGED', `${name} cannot be unpacked: ${getErrorMessage(cause)}`, { cause })
  }
  if (raw.bytes() !== rawBytes) {
    throw new AppError('BACKUP_DAMAGED', `${name} unpacks to ${raw.bytes()} bytes instead of ${rawBytes}`)
  }
  // gunzip may ignore appended bytes; the object's size reveals them.
  if (sha256 !== undefined && stored.sha256() !== sha256) throw createHashError(name)
}

export function createHashError(name: string): AppError {
  return new AppError('BACKUP_DAMAGED', `${name} is damaged: its SHA-256 does not match the manifest`)
}

function gunzipped(stored: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  pipeline(stored, gunzip, () => undefined) // A failure of either stream ends the reader's loop.
  return gunzip as AsyncIterable<Buffer>
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}
