import { createHash, hash, type Hash } from 'node:crypto'

export interface FingerprintResult {
  rows: number
  /** 32 hex digits. */
  fingerprint: string
}

export interface Fingerprint {
  /** Takes COPY lines as they come; a chunk may end inside a line. */
  update(chunk: Buffer): void
  /** @throws Error when the last line has no end */
  result(): FingerprintResult
}

const NEWLINE = 0x0a
const LANES = 4

/**
 * A hash of a set of lines that doesn't depend on their order: SHA-256 of each line, its first 128 bits taken as four
 * 32-bit numbers and added up modulo 2^32. A sum and not an XOR, since a line that is there twice must count twice;
 * sums of parts of a table add up to the sum of the table.
 */
export function createFingerprint(): Fingerprint {
  const sums = new Int32Array(LANES)
  let rows = 0
  let open: Hash | undefined // the line that began in an earlier chunk

  /** Digests come as Latin-1 strings: twice as fast as a Buffer for each line. */
  function add(digest: string): void {
    rows += 1
    for (let lane = 0; lane < LANES; lane += 1) sums[lane] = (sums[lane] as number) + word(digest, lane * 4)
  }

  function update(chunk: Buffer): void {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const line = chunk.subarray(from, end)
      add(open ? open.update(line).digest('binary') : hash('sha256', line, 'binary'))
      open = undefined
      from = end + 1
    }
    if (from < chunk.length) open = (open ?? createHash('sha256')).update(chunk.subarray(from))
  }

  function result(): FingerprintResult {
    if (open) throw new Error('the last row is not complete')
    return { rows, fingerprint: [...sums].map(toHex).join('') }
  }

  return { update, result }
}

/** Adds up the results of the parts of one table. */
export function addFingerprints(parts: FingerprintResult[]): FingerprintResult {
  const sums = new Int32Array(LANES)
  let rows = 0
  for (const part of parts) {
    rows += part.rows
    for (let lane = 0; lane < LANES; lane += 1) {
      sums[lane] = (sums[lane] as number) + Number.parseInt(part.fingerprint.slice(lane * 8, lane * 8 + 8), 16)
    }
  }
  return { rows, fingerprint: [...sums].map(toHex).join('') }
}

function word(digest: string, at: number): number {
  return (
    digest.charCodeAt(at) |
    (digest.charCodeAt(at + 1) << 8) |
    (digest.charCodeAt(at + 2) << 16) |
    (digest.charCodeAt(at + 3) << 24)
  )
}

function toHex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0')
}
