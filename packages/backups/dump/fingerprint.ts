import { createLineHash, hashLine, LANES } from '#backups/dump/line-hash'

export interface FingerprintResult {
  rows: number
  /** 32 hex digits. */
  fingerprint: string
}

export interface Fingerprint {
  /** Takes COPY lines as they come; a chunk may end inside a line. */
  update(chunk: Buffer): void
  /** How many lines were complete so far. */
  rows(): number
  /** @throws Error when the last line has no end */
  result(): FingerprintResult
}

const NEWLINE = 0x0a

/**
 * A hash of a set of lines that doesn't depend on their order: the 128 bits of each line's hash, taken as four 32-bit
 * numbers and added up modulo 2^32. A sum and not an XOR, since a line that is there twice must count twice; sums of
 * parts of a table add up to the sum of the table.
 */
export function createFingerprint(): Fingerprint {
  const sums = new Int32Array(LANES)
  const digest = new Int32Array(LANES)
  const open = createLineHash() // the line that began in an earlier chunk
  let isOpen = false
  let rows = 0

  function add(): void {
    rows += 1
    for (let lane = 0; lane < LANES; lane += 1) sums[lane] = (sums[lane] as number) + (digest[lane] as number)
  }

  function update(chunk: Buffer): void {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length)
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      if (isOpen) {
        open.update(chunk.subarray(from, end))
        open.digest(digest)
        isOpen = false
      } else hashLine(view, from, end, digest)
      add()
      from = end + 1
    }
    if (from === chunk.length) return
    open.update(chunk.subarray(from))
    isOpen = true
  }

  function result(): FingerprintResult {
    if (isOpen) throw new Error('the last row is not complete')
    return { rows, fingerprint: hexOf(sums) }
  }

  return { update, rows: () => rows, result }
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
  return { rows, fingerprint: hexOf(sums) }
}

export function hexOf(lanes: Int32Array): string {
  return [...lanes].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
}
