/** ListMultipartUploads and ListParts. */
import type { OpenUpload } from '#emulators/s3/bucket'
import type { S3Context } from '#emulators/s3/context'
import { findUpload } from '#emulators/s3/multipart'
import { buildCommonPrefixes, createNameWriter } from '#emulators/s3/list-objects'
import { listPage } from '#emulators/s3/listing'
import { readNumber, type S3Request, type S3Response } from '#emulators/s3/request'
import { compareUtf8 } from '#emulators/s3/utf8-order'
import { buildElement, type Markup, buildXmlDocument } from '#emulators/xml'

const UPLOADS_MAX = 1000
const PARTS_MAX = 1000

export async function listMultipartUploads({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const { query } = request
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('upload-id-marker') ?? ''
  const maxUploads = readNumber(request, 'max-uploads', UPLOADS_MAX, UPLOADS_MAX)
  const remaining = [...bucket.uploads.values()]
    .sort((left, right) => compareUtf8(left.key, right.key) || compareUtf8(left.uploadId, right.uploadId))
    .filter((upload) => idMarker === '' || isBehind(upload, keyMarker, idMarker))
  const page = listPage(remaining, (upload) => upload.key, {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    after: idMarker === '' ? keyMarker : '',
    maxItems: maxUploads,
  })
  const name = createNameWriter(request)
  const last = page.items.at(-1)
  const body = buildXmlDocument(
    'ListMultipartUploadsResult',
    buildElement('Bucket', request.bucket),
    buildElement('KeyMarker', name(keyMarker)),
    buildElement('UploadIdMarker', idMarker),
    page.next !== undefined && buildElement('NextKeyMarker', name(page.next)),
    page.next !== undefined && last?.key === page.next && buildElement('NextUploadIdMarker', last.uploadId),
    buildElement('Prefix', name(query.get('prefix') ?? '')),
    buildElement('MaxUploads', maxUploads),
    buildElement('IsTruncated', String(page.next !== undefined)),
    page.items.map((upload) => describeUpload(upload, name)),
    buildCommonPrefixes(page.commonPrefixes, name),
  )
  return { status: 200, body }
}

export async function listParts({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const upload = findUpload(store.bucket(request.bucket), request)
  const marker = readNumber(request, 'part-number-marker', 0, Infinity)
  const maxParts = readNumber(request, 'max-parts', PARTS_MAX, PARTS_MAX)
  const rest = [...upload.parts.values()]
    .filter((part) => part.number > marker)
    .sort((left, right) => left.number - right.number)
  const parts = rest.slice(0, maxParts)
  const body = buildXmlDocument(
    'ListPartsResult',
    buildElement('Bucket', request.bucket),
    buildElement('Key', upload.key),
    buildElement('UploadId', upload.uploadId),
    buildElement('PartNumberMarker', marker),
    buildElement('NextPartNumberMarker', parts.at(-1)?.number ?? 0),
    buildElement('MaxParts', maxParts),
    buildElement('IsTruncated', String(rest.length > parts.length)),
    upload.checksum && [
      buildElement('ChecksumAlgorithm', upload.checksum.algorithm),
      buildElement('ChecksumType', upload.checksum.type),
    ],
    parts.map((part) =>
      buildElement(
        'Part',
        buildElement('PartNumber', part.number),
        buildElement('LastModified', part.lastModified),
        buildElement('ETag', part.etag),
        buildElement('Size', part.segment.sizeBytes),
        part.checksum && buildElement(`Checksum${part.checksum.algorithm}`, part.checksum.value),
      ),
    ),
    buildElement('StorageClass', 'STANDARD'),
  )
  return { status: 200, body }
}

function isBehind(upload: OpenUpload, key: string, id: string): boolean {
  return (compareUtf8(upload.key, key) || compareUtf8(upload.uploadId, id)) > 0
}

function describeUpload(upload: OpenUpload, name: (text: string) => string): Markup {
  return buildElement(
    'Upload',
    buildElement('Key', name(upload.key)),
    buildElement('UploadId', upload.uploadId),
    buildElement('Initiated', upload.initiated),
    buildElement('StorageClass', 'STANDARD'),
    upload.checksum && [
      buildElement('ChecksumAlgorithm', upload.checksum.algorithm),
      buildElement('ChecksumType', upload.checksum.type),
    ],
  )
}
