import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Clock } from '#platform/clock'
import type { MemberFrame } from '#backups/dump-format'
import type { Upload } from '#backups/upload'

export interface WrittenRange {
  start: number
  end: number
  rawBytes: number
  durationMs: number
}

export interface DumpObject {
  /** Appends one gzip member and returns where it lies. One at a time. */
  append(frame: MemberFrame, body: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<WrittenRange>
  totals(): { gzipBytes: number; rawBytes: number; sha256: string }
}

const LEVEL = 6
const CHUNK_BYTES = 256 * 1024

/** The one object of a dump: gzip members, one after the other, which `gunzip` reads as a single file. */
export function createDumpObject({ upload, clock }: { upload: Upload; clock: Clock }): DumpObject {
  const sha = createHash('sha256')
  let gzipBytes = 0
  let rawBytes = 0

  async function append({ head, foot }: MemberFrame, body: AsyncIterable<Buffer> | Iterable<Buffer>) {
    const startedAt = clock.now().getTime()
    const start = gzipBytes
    const rawStart = rawBytes

    async function* framed(): AsyncGenerator<Buffer> {
      yield counted(Buffer.from(head))
      for await (const chunk of body) yield counted(chunk)
      yield counted(Buffer.from(foot))
    }
    async function store(compressed: AsyncIterable<Buffer>): Promise<void> {
      for await (const chunk of compressed) {
        sha.update(chunk)
        gzipBytes += chunk.length
        await upload.write(chunk)
      }
    }
    await pipeline(framed, createGzip({ level: LEVEL, chunkSize: CHUNK_BYTES }), store)
    return {
      start,
      end: gzipBytes,
      rawBytes: rawBytes - rawStart,
      durationMs: clock.now().getTime() - startedAt,
    }
  }

  function counted(chunk: Buffer): Buffer {
    rawBytes += chunk.length
    return chunk
  }

  return { append, totals: () => ({ gzipBytes, rawBytes, sha256: sha.copy().digest('hex') }) }
}
