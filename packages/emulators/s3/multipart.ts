/** Uploads in parts: create, upload or copy parts, abort, list. */
import type { Bucket, OpenUpload } from '#emulators/s3/bucket'
import { type ChecksumAlgorithm, buildChecksumHeaders } from '#emulators/s3/checksums'
import type { S3Context } from '#emulators/s3/context'
import {
  getChecksumAlgorithm,
  copyBytes,
  buildCopyResult,
  buildCopySourceHeaders,
  findCopySource,
} from '#emulators/s3/copy'
import { S3Error } from '#emulators/s3/errors'
import type { Part, Upload } from '#emulators/s3/model'
import { readFacts } from '#emulators/s3/object-facts'
import { receiveBody, type Received } from '#emulators/s3/payload'
import { readCopyRange } from '#emulators/s3/range'
import type { S3Request, S3Response } from '#emulators/s3/request'
import { buildElement, buildXmlDocument } from '#emulators/xml'

const PART_NUMBER_MAX = 10_000

export async function createMultipartUpload({ store, clock }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const checksum = checksumOfUpload(request)
  const facts = readFacts(request.headers)
  const { uploadId } = await bucket.exclusively(() =>
    bucket.startUpload({
      ...facts,
      key: request.key,
      initiated: clock.now().toISOString(),
      ...(checksum ? { checksum } : {}),
    }),
  )
  return {
    status: 200,
    headers: checksum ? { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type } : {},
    body: buildXmlDocument(
      'InitiateMultipartUploadResult',
      buildElement('Bucket', request.bucket),
      buildElement('Key', request.key),
      buildElement('UploadId', uploadId),
    ),
  }
}

export async function uploadPart({ store, clock }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const upload = findUpload(bucket, request)
  const number = parsePartNumber(request)
  const received = await receiveBody(bucket.bodies, request)
  const part = await keepPart(bucket, upload, number, received, clock.now())
  return { status: 200, headers: { etag: part.etag, ...partChecksumHeaders(part) } }
}

export async function uploadPartCopy(context: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = context.store.bucket(request.bucket)
  const upload = findUpload(bucket, request)
  const number = parsePartNumber(request)
  const source = findCopySource(context, request)
  const range = readCopyRange(request.headers.get('x-amz-copy-source-range'), source.version.sizeBytes)
  const copied = await copyBytes(bucket, source, range, upload.checksum?.algorithm)
  const part = await keepPart(bucket, upload, number, copied, context.clock.now())
  return {
    status: 200,
    headers: buildCopySourceHeaders(source),
    body: buildXmlDocument('CopyPartResult', buildCopyResult(part)),
  }
}

export async function abortMultipartUpload({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  await bucket.exclusively(() => bucket.endUpload(findUpload(bucket, request), []))
  return { status: 204 }
}

/** @throws S3Error NoSuchUpload */
export function findUpload(bucket: Bucket, request: S3Request): OpenUpload {
  const upload = bucket.uploads.get(request.query.get('uploadId') ?? '')
  if (upload?.key === request.key) return upload
  throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist. The upload ID might be invalid.')
}

async function keepPart(
  bucket: Bucket,
  upload: Upload,
  number: number,
  { segment, md5, checksum }: Received,
  now: Date,
): Promise<Part> {
  const part: Part = {
    uploadId: upload.uploadId,
    number,
    etag: `"${md5.toString('hex')}"`,
    lastModified: now.toISOString(),
    segment,
    ...(checksum ? { checksum } : {}),
  }
  try {
    checkPartChecksum(upload, checksum?.algorithm)
    await bucket.exclusively(() => bucket.addPart(part))
    return part
  } catch (error) {
    if (error instanceof S3Error) await bucket.bodies.remove([segment])
    throw error
  }
}

/** An upload that declared a checksum requires it on every part; otherwise it could not be completed. */
function checkPartChecksum(upload: Upload, given: ChecksumAlgorithm | undefined): void {
  const { checksum } = upload
  if (!checksum || checksum.algorithm === given) return
  if (checksum.type === 'FULL_OBJECT' && given === undefined) return
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${checksum.algorithm}, actual: ${given ?? 'null'}`,
  )
}

function checksumOfUpload(request: S3Request): Upload['checksum'] {
  const algorithm = getChecksumAlgorithm(request)
  const asked = request.headers.get('x-amz-checksum-type')
  if (algorithm === undefined) {
    if (asked !== undefined) throw new S3Error('InvalidRequest', 'x-amz-checksum-type needs x-amz-checksum-algorithm.')
    return undefined
  }
  const type = asked ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  const possible =
    algorithm === 'CRC64NVME'
      ? ['FULL_OBJECT']
      : algorithm.startsWith('SHA')
        ? ['COMPOSITE']
        : ['FULL_OBJECT', 'COMPOSITE']
  if (!possible.includes(type)) {
    throw new S3Error('InvalidRequest', `The ${type} checksum type cannot be used with ${algorithm}.`)
  }
  return { algorithm, type: type as 'FULL_OBJECT' | 'COMPOSITE' }
}

function parsePartNumber(request: S3Request): number {
  const text = request.query.get('partNumber') ?? ''
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= PART_NUMBER_MAX) return number
  throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${PART_NUMBER_MAX}, inclusive`)
}

/** A part's checksum has no type of its own. */
function partChecksumHeaders(part: Part): Record<string, string> {
  const { 'x-amz-checksum-type': _, ...headers } = buildChecksumHeaders(part.checksum)
  return headers
}
