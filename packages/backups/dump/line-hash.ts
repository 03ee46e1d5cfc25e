/**
 * MurmurHash3, x86, 128 bits (Austin Appleby, public domain). It tells rows apart and does not resist an attacker: the
 * object's SHA-256 does. A dump hashes millions of rows of some ten bytes each, and a SHA-256 call for each row takes
 * more than four times as long.
 */
export const LANES = 4

/** Not 0: with seed 0 the hash of an empty line is 0 and would add nothing to a sum. */
const SEED = 1
const BLOCK_BYTES = 16
const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

/** Four lanes of state. All lines share them, since hashing is synchronous. */
let h1 = 0
let h2 = 0
let h3 = 0
let h4 = 0

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

function mixBlocks(view: DataView, from: number, end: number): void {
  for (let at = from; at < end; at += BLOCK_BYTES) {
    h1 ^= Math.imul(rotate(Math.imul(view.getInt32(at, true), C1), 15), C2)
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
    h2 ^= Math.imul(rotate(Math.imul(view.getInt32(at + 4, true), C2), 16), C3)
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
    h3 ^= Math.imul(rotate(Math.imul(view.getInt32(at + 8, true), C3), 17), C4)
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
    h4 ^= Math.imul(rotate(Math.imul(view.getInt32(at + 12, true), C4), 18), C1)
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
  }
}

/** Mixes the last block, padded with zeros: a zero word changes nothing. */
function mixTail(tail: DataView): void {
  h4 ^= Math.imul(rotate(Math.imul(tail.getInt32(12, true), C4), 18), C1)
  h3 ^= Math.imul(rotate(Math.imul(tail.getInt32(8, true), C3), 17), C4)
  h2 ^= Math.imul(rotate(Math.imul(tail.getInt32(4, true), C2), 16), C3)
  h1 ^= Math.imul(rotate(Math.imul(tail.getInt32(0, true), C1), 15), C2)
}

function avalanche(h: number): number {
  const first = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return second ^ (second >>> 16)
}

function spread(): void {
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
}

function finish(lengthBytes: number, digest: Int32Array): void {
  h1 ^= lengthBytes
  h2 ^= lengthBytes
  h3 ^= lengthBytes
  h4 ^= lengthBytes
  spread()
  h1 = avalanche(h1)
  h2 = avalanche(h2)
  h3 = avalanche(h3)
  h4 = avalanche(h4)
  spread()
  digest[0] = h1
  digest[1] = h2
  digest[2] = h3
  digest[3] = h4
}

const lastBlock = new Uint8Array(BLOCK_BYTES)
const lastView = new DataView(lastBlock.buffer)

/** Hashes bytes `[from, end)` into four 32-bit numbers. */
export function hashLine(view: DataView, from: number, end: number, digest: Int32Array, seed = SEED): void {
  h1 = h2 = h3 = h4 = seed
  const blocksEnd = from + ((end - from) & ~(BLOCK_BYTES - 1))
  mixBlocks(view, from, blocksEnd)
  if (blocksEnd < end) {
    lastBlock.fill(0)
    for (let at = blocksEnd; at < end; at += 1) lastBlock[at - blocksEnd] = view.getUint8(at)
    mixTail(lastView)
  }
  finish(end - from, digest)
}

interface LineHash {
  update(piece: Uint8Array): void
  /** Writes the hash and resets the state. */
  digest(into: Int32Array): void
}

/** Computes the same hash for a line that arrives in pieces. */
export function createLineHash(): LineHash {
  const state = new Int32Array(LANES).fill(SEED)
  const block = new Uint8Array(BLOCK_BYTES)
  const blockView = new DataView(block.buffer)
  let filled = 0
  let length = 0

  function resume(): void {
    ;[h1, h2, h3, h4] = state as unknown as [number, number, number, number]
  }

  function update(piece: Uint8Array): void {
    resume()
    length += piece.length
    let from = 0
    if (filled > 0) {
      from = Math.min(BLOCK_BYTES - filled, piece.length)
      block.set(piece.subarray(0, from), filled)
      filled += from
      if (filled === BLOCK_BYTES) {
        mixBlocks(blockView, 0, BLOCK_BYTES)
        filled = 0
      }
    }
    const blocksEnd = from + ((piece.length - from) & ~(BLOCK_BYTES - 1))
    mixBlocks(new DataView(piece.buffer, piece.byteOffset, piece.length), from, blocksEnd)
    if (blocksEnd < piece.length) {
      block.set(piece.subarray(blocksEnd), filled)
      filled += piece.length - blocksEnd
    }
    state.set([h1, h2, h3, h4])
  }

  function digest(into: Int32Array): void {
    resume()
    if (filled > 0) {
      block.fill(0, filled)
      mixTail(blockView)
    }
    finish(length, into)
    state.fill(SEED)
    filled = 0
    length = 0
  }

  return { update, digest }
}
