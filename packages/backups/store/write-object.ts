import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Codec, StoredObject } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { undoOnFailure } from '#platform/async/undo-on-failure'

const LEVEL = 6
const CHUNK_BYTES = 256 * 1024

/** Stores a stream as one object and hashes it before and after packing. The object appears complete or not at all. */
export async function storeObject(
  store: Pick<ObjectStore, 'startUpload'>,
  { key, codec }: { key: string; codec: Codec },
  contents: AsyncIterable<Buffer>,
): Promise<{ object: StoredObject; rawSha256: string }> {
  const contentType = codec === 'gzip' ? 'application/gzip' : 'application/octet-stream'
  const upload = await store.startUpload(key, contentType)
  const raw = createMeter()
  const packed = createMeter()
  const write = async () => {
    const send = async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of packed.count(chunks)) await upload.write(chunk)
    }
    if (codec === 'gzip')
      await pipeline(raw.count(contents), createGzip({ level: LEVEL, chunkSize: CHUNK_BYTES }), send)
    else await send(raw.count(contents))
    const { versionId } = await upload.complete()
    const sizes = { gzipBytes: packed.bytes(), rawBytes: raw.bytes(), sha256: packed.sha256() }
    return { object: { key, versionId, codec, ...sizes }, rawSha256: raw.sha256() }
  }
  return undoOnFailure(write, () => upload.abort(), 'its upload')
}

interface Meter {
  /** Passes chunks on. */
  count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer>
  bytes(): number
  sha256(): string
}

/** Measures the bytes that pass through it. */
export function createMeter(): Meter {
  const sha = createHash('sha256')
  let bytes = 0
  async function* count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      sha.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  return { count, bytes: () => bytes, sha256: () => sha.copy().digest('hex') }
}
