/** Stores the bytes of objects and parts: one file for each body, written once, never changed, removed when unused. */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, syncFolder } from '#emulators/s3/disk'
import type { HeldBytes } from '#emulators/s3/request'

/** A whole body file. An object uploaded in parts has a list of them. */
export interface Segment {
  file: string
  sizeBytes: number
}

const READ_BYTES = 256 * 1024
/** Gathers small network chunks into fewer and larger writes. */
const WRITE_BYTES = 1024 * 1024

export class Bodies {
  readonly #folder: string
  /** Number of readers of each file: a deleted file is removed when the last one has finished. */
  readonly #readers = new Map<string, number>()
  readonly #doomed = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Removes unreferenced files, which a crash during a write leaves. */
  async open(isUsed: (file: string) => boolean): Promise<void> {
    await makeFolder(this.#folder)
    const unused = (await readdir(this.#folder)).filter((file) => !isUsed(file))
    await Promise.all(unused.map((file) => rm(join(this.#folder, file), { recursive: true })))
  }

  /** Returns once the file is durable on disk; after a failure the file is gone. */
  async write(chunks: AsyncIterable<Buffer>): Promise<Segment> {
    const file = randomUUID()
    const handle = await open(join(this.#folder, file), 'wx')
    try {
      let sizeBytes = 0
      for await (const batch of gather(chunks)) {
        const { bytesWritten } = await handle.writev(batch)
        sizeBytes += bytesWritten
        if (bytesWritten !== batch.reduce((sum, chunk) => sum + chunk.length, 0)) throw new Error('the disk is full')
      }
      await handle.sync()
      await handle.close()
      await syncFolder(this.#folder)
      return { file, sizeBytes }
    } catch (error) {
      await handle.close().catch(() => undefined)
      await rm(join(this.#folder, file), { force: true })
      throw error
    }
  }

  /**
   * Reads the bytes from `start` to before `end` of the concatenated segments. They may be removed after this call and
   * are still read to the end.
   */
  read(segments: readonly Segment[], start: number, end: number): HeldBytes {
    const pieces = cut(segments, start, end)
    for (const { file } of pieces) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1)
    let held = true
    const release = () => {
      if (held) for (const { file } of pieces) this.#release(file)
      held = false
    }
    return { chunks: this.#stream(pieces), release }
  }

  /** Call it once nothing references the files: a failure then costs only space until the next start. */
  async remove(segments: readonly Segment[]): Promise<void> {
    for (const { file } of segments) {
      if (this.#readers.has(file)) this.#doomed.add(file)
      else await rm(join(this.#folder, file), { force: true })
    }
  }

  async *#stream(pieces: Piece[]): AsyncGenerator<Buffer> {
    for (const { file, start, end } of pieces) {
      const path = join(this.#folder, file)
      yield* createReadStream(path, { start, end: end - 1, highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>
    }
  }

  #release(file: string): void {
    const left = (this.#readers.get(file) ?? 1) - 1
    if (left > 0) return void this.#readers.set(file, left)
    this.#readers.delete(file)
    if (this.#doomed.delete(file)) void rm(join(this.#folder, file), { force: true }).catch(() => undefined)
  }
}

interface Piece {
  file: string
  start: number
  end: number
}

function cut(segments: readonly Segment[], start: number, end: number): Piece[] {
  const pieces: Piece[] = []
  let offset = 0
  for (const { file, sizeBytes } of segments) {
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, sizeBytes)
    if (from < to) pieces.push({ file, start: from, end: to })
    offset += sizeBytes
  }
  return pieces
}

async function* gather(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let batch: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    batch.push(chunk)
    size += chunk.length
    if (size < WRITE_BYTES) continue
    yield batch
    batch = []
    size = 0
  }
  if (batch.length > 0) yield batch
}
