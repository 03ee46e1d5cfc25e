/** Implements the two CRCs of S3 that Node lacks, in reflected form, table-driven, a byte at a time. */

/** CRC-32C (Castagnoli), as in RFC 3720 section 12.1. */
export function createCrc32c(): { update(chunk: Uint8Array): void; digest(): Buffer } {
  let crc = 0xffffffff
  return {
    update(chunk) {
      for (let at = 0; at < chunk.length; at++) crc = (crc >>> 8) ^ castagnoli[(crc ^ chunk[at]!) & 0xff]!
    },
    digest() {
      const out = Buffer.alloc(4)
      out.writeUInt32BE(~crc >>> 0)
      return out
    },
  }
}

/** CRC-64/NVME, in two halves of 32 bits: BigInt is some fifty times slower. */
export function createCrc64Nvme(): { update(chunk: Uint8Array): void; digest(): Buffer } {
  let high = 0xffffffff
  let low = 0xffffffff
  return {
    update(chunk) {
      for (let at = 0; at < chunk.length; at++) {
        const index = (low ^ chunk[at]!) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ nvme.low[index]!
        high = (high >>> 8) ^ nvme.high[index]!
      }
    },
    digest() {
      const out = Buffer.alloc(8)
      out.writeUInt32BE(~high >>> 0, 0)
      out.writeUInt32BE(~low >>> 0, 4)
      return out
    },
  }
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => Number(remainder(BigInt(byte), 0x82f63b78n)))

const nvme = (() => {
  const entries = Array.from({ length: 256 }, (_, byte) => remainder(BigInt(byte), 0x9a6c9329ac4bc9b5n))
  return {
    high: Uint32Array.from(entries, (entry) => Number(entry >> 32n)),
    low: Uint32Array.from(entries, (entry) => Number(entry & 0xffffffffn)),
  }
})()

/** Divides one byte by the reflected polynomial, of any width. */
function remainder(byte: bigint, polynomial: bigint): bigint {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n
  return value
}
