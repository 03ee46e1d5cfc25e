/** CopyObject and UploadPartCopy: read the source and write it again, with digests, like an incoming body. */
import type { Bucket } from '#emulators/s3/bucket'
import {
  type Checksum,
  type ChecksumAlgorithm,
  Digests,
  type DigestName,
  isChecksumAlgorithm,
} from '#emulators/s3/checksums'
import { checkCopySource, checkWrite } from '#emulators/s3/conditions'
import type { S3Context } from '#emulators/s3/context'
import { S3Error } from '#emulators/s3/errors'
import type { ObjectFacts, Version } from '#emulators/s3/model'
import { findVersion, readMetadata, buildVersionHeaders, buildExpirationHeaders } from '#emulators/s3/object-facts'
import { commitDraft } from '#emulators/s3/objects'
import { digestChunks, type Received } from '#emulators/s3/payload'
import type { ByteRange } from '#emulators/s3/range'
import { decodePart, type S3Request, type S3Response } from '#emulators/s3/request'
import { parseTagHeader } from '#emulators/s3/tags'
import { buildElement, type Markup, buildXmlDocument } from '#emulators/xml'

/** Larger objects must be copied in parts. */
const COPY_BYTES_MAX = 5 * 1024 ** 3

interface CopySource {
  bucket: Bucket
  version: Version
}

export async function copyObject({ store, clock }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const source = findCopySource({ store, clock }, request)
  const facts = factsOfCopy(request, source)
  if (source.version.sizeBytes > COPY_BYTES_MAX) {
    throw new S3Error('InvalidRequest', `The specified copy source is larger than ${COPY_BYTES_MAX} bytes.`)
  }
  checkWrite(request.headers, bucket, request.key)
  const algorithm = getChecksumAlgorithm(request) ?? source.version.checksum?.algorithm
  const copied = await copyBytes(bucket, source, { start: 0, end: source.version.sizeBytes }, algorithm)
  const version = await commitDraft(bucket, request, {
    ...facts,
    key: request.key,
    lastModified: clock.now().toISOString(),
    deleteMarker: false,
    etag: `"${copied.md5.toString('hex')}"`,
    sizeBytes: copied.segment.sizeBytes,
    segments: [copied.segment],
    ...(copied.checksum ? { checksum: copied.checksum } : {}),
  })
  return {
    status: 200,
    headers: {
      ...buildCopySourceHeaders(source),
      ...buildVersionHeaders(bucket, version),
      ...buildExpirationHeaders(bucket, version),
    },
    body: buildXmlDocument('CopyObjectResult', buildCopyResult(version)),
  }
}

/** @throws S3Error the errors of a read of the source, and PreconditionFailed. */
export function findCopySource({ store }: S3Context, request: S3Request): CopySource {
  const [path = '', query = ''] = request.headers.get('x-amz-copy-source')!.split('?')
  const decoded = decodePart(path).replace(/^\//, '')
  const slash = decoded.indexOf('/')
  if (slash < 1) throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key')
  const bucket = store.bucket(decoded.slice(0, slash))
  const versionId = new URLSearchParams(query).get('versionId') ?? undefined
  const version = findVersion(bucket, decoded.slice(slash + 1), versionId)
  checkCopySource(request.headers, version)
  return { bucket, version }
}

export async function copyBytes(
  target: Bucket,
  source: CopySource,
  { start, end }: ByteRange,
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Received> {
  const digests = new Digests(['MD5', ...(algorithm ? [algorithm] : [])] satisfies DigestName[])
  const { chunks, release } = source.bucket.bodies.read(source.version.segments, start, end)
  try {
    const segment = await target.bodies.write(digestChunks(chunks, digests))
    const finished = digests.finish()
    const value = algorithm && finished.get(algorithm)!.toString('base64')
    const checksum: Checksum | undefined = algorithm && { algorithm, type: 'FULL_OBJECT', value: value! }
    return { segment, md5: finished.get('MD5')!, checksum }
  } finally {
    release()
  }
}

export function buildCopyResult(copied: { etag: string; lastModified: string; checksum?: Checksum }): Markup[] {
  const { etag, lastModified, checksum } = copied
  const sum = checksum && buildElement(`Checksum${checksum.algorithm}`, checksum.value)
  return [buildElement('LastModified', lastModified), buildElement('ETag', etag), ...(sum ? [sum] : [])]
}

export function buildCopySourceHeaders({ bucket, version }: CopySource): Record<string, string> {
  return bucket.settings.versioning ? { 'x-amz-copy-source-version-id': version.versionId } : {}
}

export function getChecksumAlgorithm(request: S3Request): ChecksumAlgorithm | undefined {
  const name = request.headers.get('x-amz-checksum-algorithm')?.toUpperCase()
  if (name === undefined) return undefined
  if (isChecksumAlgorithm(name)) return name
  throw new S3Error('NotImplemented', `The checksum ${name} is not implemented.`)
}

function factsOfCopy(request: S3Request, { bucket, version }: CopySource): ObjectFacts {
  const newMetadata = replaces(request, 'x-amz-metadata-directive')
  const newTags = replaces(request, 'x-amz-tagging-directive')
  const same = bucket.settings.name === request.bucket && version.key === request.key
  if (same && !newMetadata && !newTags && bucket.current(version.key) === version) {
    throw new S3Error('InvalidRequest', 'An object cannot be copied to itself without a change.')
  }
  const { headers, metadata } = newMetadata ? readMetadata(request.headers) : version
  return { headers, metadata, tags: newTags ? parseTagHeader(request.headers.get('x-amz-tagging')) : version.tags }
}

function replaces(request: S3Request, name: string): boolean {
  const directive = request.headers.get(name) ?? 'COPY'
  if (directive === 'REPLACE' || directive === 'COPY') return directive === 'REPLACE'
  throw new S3Error('InvalidArgument', `Unknown ${name}.`)
}
