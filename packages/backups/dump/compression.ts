import { promisify } from 'node:util'
import { createGzip, deflateRaw, type Gzip } from 'node:zlib'

/**
 * Level 5 is a little smaller than gzip's own level 6, in half its time; level 4 is larger. The larger memory level
 * costs nothing.
 */
const SETTINGS = { level: 5, memLevel: 9 }
const CHUNK_BYTES = 256 * 1024

/** From 2 to 32 KiB, which is all that deflate knows (RFC 1951, section 2). */
const WINDOW_BITS = [11, 12, 13, 14, 15]
const WINDOW_BITS_MAX = 15
const SAMPLE_BYTES = 128 * 1024
/** Of the size: what a faster window may cost. */
const TOLERANCE = 1.005

const compress = promisify(deflateRaw)

export function createGzipOf(windowBits: number): Gzip {
  return createGzip({ ...SETTINGS, windowBits, chunkSize: CHUNK_BYTES })
}

/**
 * The smallest window that compresses what begins like this about as well as the best. Where rows have in common with
 * their neighbours what they have in common at all, a small window finds it with shorter distances, hence smaller, and
 * stays in the processor's cache, hence faster; texts want a large one. Too little to judge by gets the largest.
 */
export async function windowBitsFor(beginning: Buffer): Promise<number> {
  if (beginning.length < SAMPLE_BYTES) return WINDOW_BITS_MAX
  const sample = beginning.subarray(0, SAMPLE_BYTES)
  const sizes: number[] = []
  for (const windowBits of WINDOW_BITS) sizes.push((await compress(sample, { ...SETTINGS, windowBits })).length)
  const enough = Math.min(...sizes) * TOLERANCE
  return WINDOW_BITS[sizes.findIndex((size) => size <= enough)] ?? WINDOW_BITS_MAX
}
