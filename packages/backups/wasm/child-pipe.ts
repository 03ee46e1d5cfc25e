/**
 * The end of the pipe that a child process has of its parent's: frames of a type (one letter), a length and a body, read
 * and written synchronously, since what is compiled to WASM cannot wait otherwise. The operating system holds back the
 * side that is ahead.
 *
 * Loaded by its file name, as the programs are that import it: it imports nothing but Node.
 */
import { readSync, writeSync } from 'node:fs'

export interface Frame {
  type: string
  body: Buffer
}

/** As the parent opens it (`startChild`). */
const PIPE = 3
const HEADER_BYTES = 5
/** The length counts itself, as in a message of Postgres. */
const LENGTH_BYTES = 4

/** Waits for the next frame. A parent that is gone sends no more, and ends this process. */
export function readFrame(): Frame {
  const header = readBytes(HEADER_BYTES)
  const body = readBytes(header.readUInt32BE(1) - LENGTH_BYTES)
  return { type: header.toString('latin1', 0, 1), body }
}

/** Waits while the parent is far behind. */
export function writeFrame(type: string, body: Uint8Array = new Uint8Array(0)): void {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(type, 0, 'latin1')
  header.writeUInt32BE(body.length + LENGTH_BYTES, 1)
  const frame = Buffer.concat([header, body])
  for (let at = 0; at < frame.length;) at += writeSync(PIPE, frame, at)
}

function readBytes(count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count)
  for (let at = 0; at < count;) {
    const read = readSync(PIPE, bytes, at, count - at, null)
    if (read === 0) process.exit()
    at += read
  }
  return bytes
}
