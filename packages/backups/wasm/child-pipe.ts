/**
 * Owns the child's end of the pipe to its parent. A frame is a type (one letter), a length and a body. Reads and writes
 * are synchronous, since code compiled to WASM cannot wait otherwise, and the operating system blocks the side that is
 * ahead.
 *
 * It is loaded by file name, as the programs that import it are, so it imports Node alone.
 */
import { readSync, writeSync } from 'node:fs'

export interface Frame {
  type: string
  body: Buffer
}

/** Descriptor that `startChild` opens. */
const PIPE = 3
const HEADER_BYTES = 5
/** The length includes itself, as in a message of Postgres. */
const LENGTH_BYTES = 4

/** Waits for the next frame. Ends this process when the parent is gone. */
export function readFrame(): Frame {
  const header = readBytes(HEADER_BYTES)
  const body = readBytes(header.readUInt32BE(1) - LENGTH_BYTES)
  return { type: header.toString('latin1', 0, 1), body }
}

/** Blocks while the parent is far behind. */
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
