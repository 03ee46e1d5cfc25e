/** Reads what a request claims about its body: framing, size and digests. A body that breaks a claim is not stored. */
import {
  type Checksum,
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  DIGEST_BYTES,
  type DigestName,
  isChecksumAlgorithm,
} from '#emulators/s3/checksums'
import { S3Error } from '#emulators/s3/errors'

export interface Claims {
  chunked: boolean
  /** Size of the body without its framing. */
  sizeBytes: number
  md5?: Buffer
  sha256?: Buffer
  checksum?: { algorithm: ChecksumAlgorithm; value?: Buffer; trailer: boolean }
}

/** SHA-256 field of a request that does not hash its body before sending it. */
const UNSIGNED = 'UNSIGNED-PAYLOAD'
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

export function readClaims(headers: ReadonlyMap<string, string>): Claims {
  const hash = headers.get('x-amz-content-sha256') ?? ''
  if (hash.startsWith('STREAMING-') && hash !== UNSIGNED_TRAILER) {
    throw new S3Error('NotImplemented', `The payload form ${hash} is not implemented.`)
  }
  const chunked = hash === UNSIGNED_TRAILER
  const checksum = readChecksum(headers)
  const md5 = headers.get('content-md5')
  return {
    chunked,
    sizeBytes: readSize(headers, chunked),
    ...(md5 === undefined ? {} : { md5: readDigest('MD5', md5, 'InvalidDigest') }),
    ...(chunked || hash === UNSIGNED ? {} : { sha256: readHexHash(hash) }),
    ...(checksum ? { checksum } : {}),
  }
}

/** Returns the digests that `checkClaims` needs. The MD5 is always among them: it is the ETag. */
export function selectDigests(claims: Claims): DigestName[] {
  return [
    'MD5',
    ...(claims.sha256 ? (['SHA256'] as const) : []),
    ...(claims.checksum ? [claims.checksum.algorithm] : []),
  ]
}

/** Returns the checksum to store, if there is one. @throws S3Error when the body differs from the claims. */
export function checkClaims(
  claims: Claims,
  trailers: ReadonlyMap<string, string>,
  body: { sizeBytes: number; digests: ReadonlyMap<DigestName, Buffer> },
): Checksum | undefined {
  if (body.sizeBytes !== claims.sizeBytes) {
    throw new S3Error(
      'IncompleteBody',
      `The body has ${body.sizeBytes} bytes where ${claims.sizeBytes} were announced.`,
    )
  }
  if (claims.md5 && !claims.md5.equals(body.digests.get('MD5')!)) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
  if (claims.sha256 && !claims.sha256.equals(body.digests.get('SHA256')!)) {
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' does not match what was received.",
    )
  }
  return claims.checksum && checkChecksum(claims.checksum, trailers, body.digests)
}

function checkChecksum(
  { algorithm, value, trailer }: NonNullable<Claims['checksum']>,
  trailers: ReadonlyMap<string, string>,
  digests: ReadonlyMap<DigestName, Buffer>,
): Checksum {
  const name = `x-amz-checksum-${algorithm.toLowerCase()}`
  const sent = trailer ? trailers.get(name) : undefined
  if (trailer && sent === undefined)
    throw new S3Error('MalformedTrailerError', `The trailing header ${name} is missing.`)
  const claimed = sent === undefined ? value! : readDigest(algorithm, sent, 'InvalidRequest')
  const computed = digests.get(algorithm)!
  if (!claimed.equals(computed)) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
  }
  return { algorithm, type: 'FULL_OBJECT', value: computed.toString('base64') }
}

function readSize(headers: ReadonlyMap<string, string>, chunked: boolean): number {
  const text = headers.get(chunked ? 'x-amz-decoded-content-length' : 'content-length')
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text)
  // A DELETE or a POST without a body needs no length; a body of unknown length is refused, as S3 does.
  if (text === undefined && !chunked && !headers.has('transfer-encoding')) return 0
  throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.')
}

function readChecksum(headers: ReadonlyMap<string, string>): Claims['checksum'] {
  const given = CHECKSUM_ALGORITHMS.filter((name) => headers.has(`x-amz-checksum-${name.toLowerCase()}`))
  const trailer = headers.get('x-amz-trailer')?.toLowerCase()
  if (given.length + (trailer ? 1 : 0) > 1) {
    throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header. Multiple types are not allowed.')
  }
  const algorithm = trailer ? trailer.replace('x-amz-checksum-', '').toUpperCase() : given[0]
  const announced = headers.get('x-amz-sdk-checksum-algorithm')
  if (announced !== undefined && announced !== algorithm) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm names a checksum that the request does not carry.',
    )
  }
  if (algorithm === undefined) return undefined
  if (!isChecksumAlgorithm(algorithm))
    throw new S3Error('NotImplemented', `The checksum ${algorithm} is not implemented.`)
  if (trailer) return { algorithm, trailer: true }
  const text = headers.get(`x-amz-checksum-${algorithm.toLowerCase()}`)!
  return { algorithm, trailer: false, value: readDigest(algorithm, text, 'InvalidRequest') }
}

function readDigest(name: DigestName, text: string, code: 'InvalidDigest' | 'InvalidRequest'): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === DIGEST_BYTES[name] && bytes.toString('base64') === text) return bytes
  throw new S3Error(code, `The ${name} that the request carries is not a valid one.`)
}

function readHexHash(text: string): Buffer {
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex')
  throw new S3Error('InvalidRequest', 'x-amz-content-sha256 must be a hash or one of the documented words.')
}
