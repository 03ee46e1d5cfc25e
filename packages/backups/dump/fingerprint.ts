import { createLineHash, hashLine, LANES } from '#backups/dump/line-hash'

interface FingerprintResult {
  rows: number
  /** 32 hex digits. */
  fingerprint: string
}

interface Fingerprint {
  /** Takes COPY lines in chunks; a chunk may end inside a line. */
  update(chunk: Buffer): void
  /** Number of complete lines so far. */
  rows(): number
  /** @throws Error when the last line is not terminated */
  result(): FingerprintResult
}

const NEWLINE = 0x0a

/**
 * Hashes a set of lines regardless of order: splits each line's 128-bit hash into four 32-bit numbers and adds them
 * modulo 2^32. A sum, unlike XOR, counts a duplicate line twice, and the sums of a table's parts add up to the table's
 * sum.
 */
export function createFingerprint(): Fingerprint {
  const sums = new Int32Array(LANES)
  const digest = new Int32Array(LANES)
  const open = createLineHash() // Hash of a line that an earlier chunk began.
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
    return { rows, fingerprint: formatLanes(sums) }
  }

  return { update, rows: () => rows, result }
}

/** Adds the results of one table's parts. */
export function addFingerprints(parts: FingerprintResult[]): FingerprintResult {
  const sums = new Int32Array(LANES)
  let rows = 0
  for (const part of parts) {
    rows += part.rows
    for (let lane = 0; lane < LANES; lane += 1) {
      sums[lane] = (sums[lane] as number) + Number.parseInt(part.fingerprint.slice(lane * 8, lane * 8 + 8), 16)
    }
  }
  return { rows, fingerprint: formatLanes(sums) }
}

function formatLanes(lanes: Int32Array): string {
  return [...lanes].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
}
