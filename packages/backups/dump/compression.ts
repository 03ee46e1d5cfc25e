import { promisify } from 'node:util'
import { createGzip, deflateRaw, type Gzip } from 'node:zlib'

/**
 * Level 5 with this memory level gives slightly smaller output than gzip's default of 6 in half the time; level 4 gives
 * larger output.
 */
const SETTINGS = { level: 5, memLevel: 9 }
const CHUNK_BYTES = 256 * 1024

/** 2 to 32 KiB, the windows that deflate allows (RFC 1951, section 2). */
const WINDOW_BITS = [11, 12, 13, 14, 15]
const WINDOW_BITS_MAX = 15
const SAMPLE_BYTES = 128 * 1024
/** Size ratio that a faster window may cost. */
const TOLERANCE = 1.005

const compress = promisify(deflateRaw)

export function createSizedGzip(windowBits: number): Gzip {
  return createGzip({ ...SETTINGS, windowBits, chunkSize: CHUNK_BYTES })
}

/**
 * Returns the smallest window that compresses this sample about as well as the best one. Rows that resemble their
 * neighbours compress better in a small window: distances are shorter, and the window fits the processor's cache. Texts
 * need a large one. A sample that is too short to judge gets the largest window.
 */
export async function chooseWindowBits(beginning: Buffer): Promise<number> {
  if (beginning.length < SAMPLE_BYTES) return WINDOW_BITS_MAX
  const sample = beginning.subarray(0, SAMPLE_BYTES)
  const sizes: number[] = []
  for (const windowBits of WINDOW_BITS) sizes.push((await compress(sample, { ...SETTINGS, windowBits })).length)
  const enough = Math.min(...sizes) * TOLERANCE
  return WINDOW_BITS[sizes.findIndex((size) => size <= enough)] ?? WINDOW_BITS_MAX
}
