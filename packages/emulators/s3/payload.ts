/**
 * Receives bodies: removes the framing, computes digests as the bytes pass, and checks the claims before anything
 * counts.
 */
import type { Bodies, Segment } from '#emulators/s3/bodies'
import { checkClaims, type Claims, selectDigests, readClaims } from '#emulators/s3/claims'
import { type Checksum, Digests } from '#emulators/s3/checksums'
import { decodeChunked } from '#emulators/s3/chunked'
import { S3Error } from '#emulators/s3/errors'
import type { S3Request } from '#emulators/s3/request'

/** S3's limit for one PUT; larger objects need parts. */
const BODY_BYTES_MAX = 5 * 1024 ** 3
/** Enough for 10,000 parts with their checksums. */
const DOCUMENT_BYTES_MAX = 4 * 1024 ** 2

export interface Received {
  segment: Segment
  md5: Buffer
  checksum: Checksum | undefined
}

/** Writes the request's body to a file of its own. A failure leaves no file. */
export async function receiveBody(bodies: Bodies, request: S3Request): Promise<Received> {
  const claims = readClaims(request.headers)
  if (claims.sizeBytes > BODY_BYTES_MAX) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.')
  }
  const incoming = open(request, claims)
  const segment = await bodies.write(incoming.chunks)
  try {
    return { segment, ...incoming.check(segment.sizeBytes) }
  } catch (error) {
    await bodies.remove([segment])
    throw error
  }
}

/** Reads a small body (an XML document) into memory, with the same checks. */
export async function receiveText(request: S3Request): Promise<string> {
  const claims = readClaims(request.headers)
  if (claims.sizeBytes > DOCUMENT_BYTES_MAX) {
    throw new S3Error('MaxMessageLengthExceeded', 'Your request was too big.')
  }
  const incoming = open(request, claims)
  const pieces: Buffer[] = []
  for await (const chunk of incoming.chunks) pieces.push(chunk)
  const body = Buffer.concat(pieces)
  incoming.check(body.length)
  return body.toString('utf8')
}

function open(request: S3Request, claims: Claims) {
  const trailers = new Map<string, string>()
  const digests = new Digests(selectDigests(claims))
  const raw = request.body()
  const bytes = claims.chunked ? decodeChunked(raw, trailers) : { [Symbol.asyncIterator]: () => raw }
  return {
    chunks: digestChunks(limited(bytes, claims.sizeBytes), digests),
    check(sizeBytes: number) {
      const finished = digests.finish()
      const checksum = checkClaims(claims, trailers, { sizeBytes, digests: finished })
      return { md5: finished.get('MD5')!, checksum }
    },
  }
}

/** Passes the bytes on and feeds them to the digests. */
export async function* digestChunks(chunks: AsyncIterable<Buffer>, digests: Digests): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    digests.update(chunk)
    yield chunk
  }
}

/** Cuts off a body longer than announced at once, before it fills the disk. */
async function* limited(chunks: AsyncIterable<Buffer>, sizeBytes: number): AsyncGenerator<Buffer> {
  let seen = 0
  for await (const chunk of chunks) {
    seen += chunk.length
    if (seen > sizeBytes)
      throw new S3Error('IncompleteBody', `The body is longer than the ${sizeBytes} bytes announced.`)
    yield chunk
  }
}
