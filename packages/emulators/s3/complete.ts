/** CompleteMultipartUpload: makes the parts one object in one step, or changes nothing. */
import type { Bucket, OpenUpload } from '#emulators/s3/bucket'
import { type Checksum, CHECKSUM_ALGORITHMS, Digests, computeDigest } from '#emulators/s3/checksums'
import { checkWrite } from '#emulators/s3/conditions'
import type { S3Context } from '#emulators/s3/context'
import { S3Error } from '#emulators/s3/errors'
import type { Part, Version } from '#emulators/s3/model'
import { findUpload } from '#emulators/s3/multipart'
import { buildExpirationHeaders, buildVersionHeaders } from '#emulators/s3/object-facts'
import { receiveText } from '#emulators/s3/payload'
import type { S3Request, S3Response } from '#emulators/s3/request'
import { getChildren, buildElement, expectOnly, parseXml, getText, buildXmlDocument } from '#emulators/xml'

/** Minimum size of every part but the last. */
const PART_BYTES_MIN = 5 * 1024 ** 2

interface NamedPart {
  number: number
  etag: string
  checksums: Partial<Record<string, string>>
}

export async function completeMultipartUpload(context: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = context.store.bucket(request.bucket)
  findUpload(bucket, request)
  const named = readParts(await receiveDocument(request))
  const version = await bucket.exclusively(async () => {
    checkWrite(request.headers, bucket, request.key)
    const upload = findUpload(bucket, request)
    const parts = named.map((part) => findPart(upload, part))
    checkSizes(request, parts)
    const checksum = await computeChecksum(bucket, request, upload, parts)
    return commitParts(context, bucket, upload, { parts, checksum })
  })
  return {
    status: 200,
    headers: { ...buildVersionHeaders(bucket, version), ...buildExpirationHeaders(bucket, version) },
    body: describe(request, version),
  }
}

async function commitParts(
  { clock }: S3Context,
  bucket: Bucket,
  upload: OpenUpload,
  { parts, checksum }: { parts: Part[]; checksum: Checksum | undefined },
): Promise<Version> {
  const segments = parts.map((part) => part.segment)
  const version = await bucket.commit({
    key: upload.key,
    headers: upload.headers,
    metadata: upload.metadata,
    tags: upload.tags,
    lastModified: clock.now().toISOString(),
    deleteMarker: false,
    etag: computeEtag(parts),
    sizeBytes: segments.reduce((sum, segment) => sum + segment.sizeBytes, 0),
    segments,
    uploadId: upload.uploadId,
    ...(checksum ? { checksum } : {}),
  })
  await bucket.endUpload(upload, segments)
  return version
}

function findPart(upload: OpenUpload, named: NamedPart): Part {
  const part = upload.parts.get(named.number)
  const bare = (etag: string) => etag.replaceAll('"', '')
  const own = part?.checksum
  const claimed = own && named.checksums[own.algorithm]
  if (!part || bare(part.etag) !== bare(named.etag) || (claimed !== undefined && claimed !== own?.value)) {
    throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found or has another ETag.', {
      fields: { UploadId: upload.uploadId, PartNumber: String(named.number), ETag: bare(named.etag) },
    })
  }
  if (upload.checksum?.type === 'COMPOSITE' && claimed === undefined) {
    const algorithm = upload.checksum.algorithm.toLowerCase()
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each ` +
        `part. It was missing for part ${named.number} in the request.`,
    )
  }
  return part
}

function checkSizes(request: S3Request, parts: Part[]): void {
  const small = parts.slice(0, -1).find((part) => part.segment.sizeBytes < PART_BYTES_MIN)
  if (small) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      fields: {
        ProposedSize: String(small.segment.sizeBytes),
        MinSizeAllowed: String(PART_BYTES_MIN),
        PartNumber: String(small.number),
      },
    })
  }
  const announced = request.headers.get('x-amz-mp-object-size')
  const sizeBytes = parts.reduce((sum, part) => sum + part.segment.sizeBytes, 0)
  if (announced !== undefined && Number(announced) !== sizeBytes) {
    throw new S3Error(
      'InvalidRequest',
      `The object has ${sizeBytes} bytes where x-amz-mp-object-size says ${announced}.`,
    )
  }
}

/** @throws S3Error BadDigest when the request names another checksum for the whole object. */
async function computeChecksum(
  bucket: Bucket,
  request: S3Request,
  { checksum }: OpenUpload,
  parts: Part[],
): Promise<Checksum | undefined> {
  const type = request.headers.get('x-amz-checksum-type')
  if (type !== undefined && type !== checksum?.type) {
    throw new S3Error('InvalidRequest', `The upload was not created with the checksum type ${type}.`)
  }
  if (!checksum) return undefined
  const value = checksum.type === 'COMPOSITE' ? composite(checksum, parts) : await full(bucket, checksum, parts)
  const claimed = request.headers.get(`x-amz-checksum-${checksum.algorithm.toLowerCase()}`)
  if (claimed !== undefined && claimed !== value) {
    throw new S3Error('BadDigest', `The ${checksum.algorithm} you specified did not match the calculated checksum.`)
  }
  return { ...checksum, value }
}

function composite({ algorithm }: NonNullable<OpenUpload['checksum']>, parts: Part[]): string {
  const sums = parts.map((part) => Buffer.from(part.checksum!.value, 'base64'))
  return `${computeDigest(algorithm, Buffer.concat(sums)).toString('base64')}-${parts.length}`
}

/** Reads the bytes from disk again: slower than combining the parts' sums, but it proves what is stored. */
async function full(
  bucket: Bucket,
  { algorithm }: NonNullable<OpenUpload['checksum']>,
  parts: Part[],
): Promise<string> {
  const digests = new Digests([algorithm])
  const segments = parts.map((part) => part.segment)
  const { chunks, release } = bucket.bodies.read(segments, 0, Infinity)
  try {
    for await (const chunk of chunks) digests.update(chunk)
  } finally {
    release()
  }
  return digests.finish().get(algorithm)!.toString('base64')
}

/** Returns the MD5 of the parts' MD5s, followed by their number. */
function computeEtag(parts: Part[]): string {
  const sums = Buffer.concat(parts.map((part) => Buffer.from(part.etag.replaceAll('"', ''), 'hex')))
  return `"${computeDigest('MD5', sums).toString('hex')}-${parts.length}"`
}

/** The checksum headers of this request describe the whole object, not the document in its body. */
function receiveDocument(request: S3Request): Promise<string> {
  const headers = [...request.headers].filter(([name]) => !name.startsWith('x-amz-checksum-'))
  return receiveText({ ...request, headers: new Map(headers) })
}

function readParts(xml: string): NamedPart[] {
  const root = parseXml(xml, 'CompleteMultipartUpload')
  expectOnly(root, ['Part'])
  const parts = getChildren(root, 'Part').map((node) => {
    const sums = CHECKSUM_ALGORITHMS.map((name) => [name, getText(node, `Checksum${name}`)] as const)
    const number = Number(getText(node, 'PartNumber'))
    const etag = getText(node, 'ETag')
    if (!Number.isInteger(number) || etag === undefined)
      throw new S3Error('MalformedXML', 'A Part has PartNumber and ETag.')
    return { number, etag, checksums: Object.fromEntries(sums) }
  })
  if (parts.length === 0) throw new S3Error('MalformedXML', 'You must specify at least one part')
  if (parts.some((part, index) => index > 0 && part.number <= parts[index - 1]!.number)) {
    throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.')
  }
  return parts
}

function describe(request: S3Request, { etag, checksum }: Version): string {
  return buildXmlDocument(
    'CompleteMultipartUploadResult',
    buildElement(
      'Location',
      `http://${request.headers.get('host')}/${request.bucket}/${encodeURIComponent(request.key)}`,
    ),
    buildElement('Bucket', request.bucket),
    buildElement('Key', request.key),
    buildElement('ETag', etag),
    checksum && [
      buildElement(`Checksum${checksum.algorithm}`, checksum.value),
      buildElement('ChecksumType', checksum.type),
    ],
  )
}
