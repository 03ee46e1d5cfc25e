import { createGzip, type Gzip } from 'node:zlib'

/**
 * Level 5 is a little smaller than gzip's own level 6, in half its time; level 4 is larger. The larger memory level
 * costs nothing.
 */
const LEVEL = 5
const MEMORY_LEVEL = 9
const CHUNK_BYTES = 256 * 1024

/** What a row has in common with others, it has with its neighbours. */
const ROWS_IN_WINDOW = 32
const WINDOW_BITS_MIN = 13
const WINDOW_BITS_MAX = 15
const SAMPLE_BYTES = 64 * 1024
const NEWLINE = 0x0a

/** gzip for what begins like this: the window need not be larger than some rows, and a small one stays in the cache. */
export function gzipFor(beginning: Buffer): Gzip {
  const windowBits = windowBitsFor(rowBytesOf(beginning.subarray(0, SAMPLE_BYTES)))
  return createGzip({ level: LEVEL, memLevel: MEMORY_LEVEL, windowBits, chunkSize: CHUNK_BYTES })
}

export function windowBitsFor(rowBytes: number): number {
  const bits = Math.ceil(Math.log2(rowBytes * ROWS_IN_WINDOW))
  return Math.min(Math.max(WINDOW_BITS_MIN, bits), WINDOW_BITS_MAX)
}

function rowBytesOf(sample: Buffer): number {
  let rows = 0
  for (let at = sample.indexOf(NEWLINE); at !== -1; at = sample.indexOf(NEWLINE, at + 1)) rows += 1
  return sample.length / Math.max(1, rows)
}
