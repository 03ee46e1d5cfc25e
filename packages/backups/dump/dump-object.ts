import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '#platform/clock'
import { createSizedGzip, chooseWindowBits } from '#backups/dump/compression'
import type { MemberFrame } from '#backups/dump/member-frame'
import type { Codec } from '#backups/format/manifest'
import { createOrderedWriter } from '#backups/dump/ordered-writer'
import type { Upload } from '#platform/multipart-upload'

interface WrittenRange {
  start: number
  end: number
  rawBytes: number
  durationMs: number
  /** SHA-256 of the stored bytes. */
  sha256: string
}

/** An accepted member. Its range is known once the object is finished. */
export type Appended = () => WrittenRange

export interface DumpObject {
  /**
   * Appends one gzip member. The caller may reuse a chunk of `body` after the next one is requested. Members may be
   * filled concurrently; they are stored in the order of these calls.
   */
  append(frame: MemberFrame, body: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Appended>
  /** Writes the bytes that are still buffered. */
  finish(): Promise<void>
  /** Fails every pending `append`. */
  fail(error: unknown): void
  totals(): { codec: Codec; gzipBytes: number; rawBytes: number; sha256: string }
}

interface DumpObjectDeps {
  upload: Upload
  clock: Clock
}

/** Limit on compressed members that wait for their turn. */
const BUDGET_BYTES = 48 * 1024 * 1024

/** Writes the one object of a dump: a sequence of gzip members, which `gunzip` reads as a single file. */
export function createDumpObject({ upload, clock }: DumpObjectDeps, codec: Codec = 'gzip'): DumpObject {
  const sha = createHash('sha256')
  let gzipBytes = 0
  let rawBytes = 0
  const writer = createOrderedWriter(store, { budgetBytes: BUDGET_BYTES })
  const windows = new Map<string, Promise<number>>()

  /** Members with the same first statement are parts of one table: the first one chooses the window for all. */
  function findWindow(head: string, beginning: Buffer): Promise<number> {
    const known = windows.get(head)
    if (known) return known
    const judged = chooseWindowBits(beginning)
    windows.set(head, judged)
    return judged
  }

  async function store(chunk: Buffer): Promise<void> {
    sha.update(chunk)
    gzipBytes += chunk.length
    await upload.write(chunk)
  }

  async function append({ head, foot }: MemberFrame, body: AsyncIterable<Buffer> | Iterable<Buffer>) {
    const slot = writer.takeSlot() // before the first await: members keep the order of the calls
    const startedAt = clock.now().getTime()
    const chunks = chunksOf(body)
    const memberSha = createHash('sha256')
    let memberBytes = 0
    async function* framed(first: Buffer): AsyncGenerator<Buffer> {
      yield counted(Buffer.from(head))
      if (first.length > 0) yield counted(first)
      for await (const chunk of chunks) yield counted(chunk)
      yield counted(Buffer.from(foot))
    }
    function counted(chunk: Buffer): Buffer {
      memberBytes += chunk.length
      rawBytes += chunk.length
      return chunk
    }
    async function fill(chunks: AsyncIterable<Buffer>): Promise<void> {
      for await (const chunk of chunks) {
        memberSha.update(chunk)
        await slot.write(chunk)
      }
    }
    const first = (await chunks.next()).value ?? Buffer.alloc(0)
    if (codec === 'none') await fill(copied(framed(first)))
    else await pipeline(framed(first), createSizedGzip(await findWindow(head, first)), fill)
    await slot.end()
    const measured = { rawBytes: memberBytes, durationMs: clock.now().getTime() - startedAt }
    const sha256 = memberSha.digest('hex')
    return () => ({ ...slot.range(), ...measured, sha256 })
  }

  return {
    append,
    finish: () => writer.flush(),
    fail: (error) => writer.fail(error),
    totals: () => ({ codec, gzipBytes, rawBytes, sha256: sha.copy().digest('hex') }),
  }
}

async function* chunksOf(body: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  yield* body
}

/** Copies each chunk, because the caller may reuse its buffer while the chunk waits for its turn. */
async function* copied(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk)
}
