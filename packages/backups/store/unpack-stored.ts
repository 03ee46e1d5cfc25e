import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError, messageOf } from '#platform/errors'
import type { Codec } from '#backups/format/manifest'
import { createMeter } from '#backups/store/write-object'

const CHUNK_BYTES = 256 * 1024

/** What a manifest says of bytes that were stored. */
export interface Stored {
  /** As a message calls them. */
  name: string
  /** Absent: gzip. */
  codec: Codec | undefined
  rawBytes: number
  /** Of the bytes as stored; older manifests have none for the parts of an object. */
  sha256?: string | undefined
}

/**
 * Unpacks and hashes on the way. Throws after the last chunk, too: only a reader that came to the end has seen what was
 * written.
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
    throw new AppError('BACKUP_DAMAGED', `${name} does not unpack: ${messageOf(cause)}`, { cause })
  }
  if (raw.bytes() !== rawBytes) {
    throw new AppError('BACKUP_DAMAGED', `${name} unpacks to ${raw.bytes()} bytes and not ${rawBytes}`)
  }
  // gunzip may leave out bytes that were appended: the size of the object tells of those
  if (sha256 !== undefined && stored.sha256() !== sha256) throw notWritten(name)
}

export function notWritten(name: string): AppError {
  return new AppError('BACKUP_DAMAGED', `${name} is not what was written: its SHA-256 is not the one in the manifest`)
}

function gunzipped(stored: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  pipeline(stored, gunzip, () => undefined) // a failure of either ends the reader's loop with it
  return gunzip as AsyncIterable<Buffer>
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}
