/** Computes the digests that S3 supports while the bytes pass. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { createCrc32c, createCrc64Nvme } from '#emulators/s3/crc'

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]
export type DigestName = ChecksumAlgorithm | 'MD5'

/** `COMPOSITE`: the checksum of the parts' checksums, followed by "-<parts>". */
export interface Checksum {
  algorithm: ChecksumAlgorithm
  type: 'FULL_OBJECT' | 'COMPOSITE'
  /** Base64. */
  value: string
}

interface Hasher {
  update(chunk: Uint8Array): void
  digest(): Buffer
}

const HASHERS: Record<DigestName, () => Hasher> = {
  MD5: () => nodeHash('md5'),
  SHA1: () => nodeHash('sha1'),
  SHA256: () => nodeHash('sha256'),
  CRC32: createCrc32,
  CRC32C: createCrc32c,
  CRC64NVME: createCrc64Nvme,
}

/** Length of each digest in bytes: a claimed checksum of another length is refused before any byte is read. */
export const DIGEST_BYTES: Record<DigestName, number> = {
  MD5: 16,
  SHA1: 20,
  SHA256: 32,
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
}

/** Computes several digests in one pass. */
export class Digests {
  readonly #hashers: Map<DigestName, Hasher>

  constructor(names: Iterable<DigestName>) {
    this.#hashers = new Map([...new Set(names)].map((name) => [name, HASHERS[name]()]))
  }

  update(chunk: Uint8Array): void {
    for (const hasher of this.#hashers.values()) hasher.update(chunk)
  }

  /** Call once, at the end. */
  finish(): Map<DigestName, Buffer> {
    return new Map([...this.#hashers].map(([name, hasher]) => [name, hasher.digest()]))
  }
}

export function computeDigest(name: DigestName, bytes: Uint8Array): Buffer {
  const hasher = HASHERS[name]()
  hasher.update(bytes)
  return hasher.digest()
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return (CHECKSUM_ALGORITHMS as readonly string[]).includes(name)
}

export function buildChecksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {}
  return {
    [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  }
}

function nodeHash(name: string): Hasher {
  const hash = createHash(name)
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() }
}

function createCrc32(): Hasher {
  let crc = 0
  return {
    update(chunk) {
      crc = crc32(chunk, crc)
    },
    digest() {
      const out = Buffer.alloc(4)
      out.writeUInt32BE(crc)
      return out
    },
  }
}
