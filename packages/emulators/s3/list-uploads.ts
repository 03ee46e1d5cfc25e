/** ListMultipartUploads and ListParts. */
import type { OpenUpload } from '#emulators/s3/bucket'
import type { S3Context } from '#emulators/s3/context'
import { findUpload } from '#emulators/s3/multipart'
import { commonPrefixes, nameWriter } from '#emulators/s3/list-objects'
import { listPage } from '#emulators/s3/listing'
import { numberFrom, type S3Request, type S3Response } from '#emulators/s3/request'
import { compareUtf8 } from '#emulators/s3/utf8-order'
import { element, type Markup, xmlDocument } from '#emulators/xml'

const UPLOADS_MAX = 1000
const PARTS_MAX = 1000

export async function listMultipartUploads({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = store.bucket(request.bucket)
  const { query } = request
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('upload-id-marker') ?? ''
  const maxUploads = numberFrom(request, 'max-uploads', UPLOADS_MAX, UPLOADS_MAX)
  const remaining = [...bucket.uploads.values()]
    .sort((left, right) => compareUtf8(left.key, right.key) || compareUtf8(left.uploadId, right.uploadId))
    .filter((upload) => idMarker === '' || isBehind(upload, keyMarker, idMarker))
  const page = listPage(remaining, (upload) => upload.key, {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    after: idMarker === '' ? keyMarker : '',
    maxItems: maxUploads,
  })
  const name = nameWriter(request)
  const last = page.items.at(-1)
  const body = xmlDocument(
    'ListMultipartUploadsResult',
    element('Bucket', request.bucket),
    element('KeyMarker', name(keyMarker)),
    element('UploadIdMarker', idMarker),
    page.next !== undefined && element('NextKeyMarker', name(page.next)),
    page.next !== undefined && last?.key === page.next && element('NextUploadIdMarker', last.uploadId),
    element('Prefix', name(query.get('prefix') ?? '')),
    element('MaxUploads', maxUploads),
    element('IsTruncated', String(page.next !== undefined)),
    page.items.map((upload) => describeUpload(upload, name)),
    commonPrefixes(page.commonPrefixes, name),
  )
  return { status: 200, body }
}

export async function listParts({ store }: S3Context, request: S3Request): Promise<S3Response> {
  const upload = findUpload(store.bucket(request.bucket), request)
  const marker = numberFrom(request, 'part-number-marker', 0, Infinity)
  const maxParts = numberFrom(request, 'max-parts', PARTS_MAX, PARTS_MAX)
  const rest = [...upload.parts.values()]
    .filter((part) => part.number > marker)
    .sort((left, right) => left.number - right.number)
  const parts = rest.slice(0, maxParts)
  const body = xmlDocument(
    'ListPartsResult',
    element('Bucket', request.bucket),
    element('Key', upload.key),
    element('UploadId', upload.uploadId),
    element('PartNumberMarker', marker),
    element('NextPartNumberMarker', parts.at(-1)?.number ?? 0),
    element('MaxParts', maxParts),
    element('IsTruncated', String(rest.length > parts.length)),
    upload.checksum && [
      element('ChecksumAlgorithm', upload.checksum.algorithm),
      element('ChecksumType', upload.checksum.type),
    ],
    parts.map((part) =>
      element(
        'Part',
        element('PartNumber', part.number),
        element('LastModified', part.lastModified),
        element('ETag', part.etag),
        element('Size', part.segment.sizeBytes),
        part.checksum && element(`Checksum${part.checksum.algorithm}`, part.checksum.value),
      ),
    ),
    element('StorageClass', 'STANDARD'),
  )
  return { status: 200, body }
}

function isBehind(upload: OpenUpload, key: string, id: string): boolean {
  return (compareUtf8(upload.key, key) || compareUtf8(upload.uploadId, id)) > 0
}

function describeUpload(upload: OpenUpload, name: (text: string) => string): Markup {
  return element(
    'Upload',
    element('Key', name(upload.key)),
    element('UploadId', upload.uploadId),
    element('Initiated', upload.initiated),
    element('StorageClass', 'STANDARD'),
    upload.checksum && [
      element('ChecksumAlgorithm', upload.checksum.algorithm),
      element('ChecksumType', upload.checksum.type),
    ],
  )
}
