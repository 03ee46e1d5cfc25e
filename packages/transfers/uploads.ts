/** Lists that callers upload: a place for one file, and the file once it is there. */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3'
import { TRANSFERS } from '#deployment/transfers'
import { AppError } from '#platform/errors'
import { createSigner, findAddress, talk, type TransferBucket } from '#transfers/bucket'
import { signPost } from '#transfers/presign'
import { UPLOAD_BYTES_MAX, UPLOAD_MINUTES, UPLOAD_TYPES, type UploadType } from '#transfers/upload-limits'

/** Name of an upload: when it was created (6 bytes), and 16 random bytes, in base64url. */
const TIME_BYTES = 6
const RANDOM_BYTES = 16
const ID = /^[\w-]{30}$/

interface UploadPlace {
  uploadId: string
  url: string
  /** Fields of the form before the field `file`, which is the last. */
  fields: Record<string, string>
  contentType: UploadType
  bytesMax: number
  expiresAt: Date
}

interface UploadName {
  id: string
  /** Key that asked for the place: another key does not find the file. */
  keyid: string
}

export function createUploadId(now: Date, randomBytes: (count: number) => Uint8Array): string {
  const time = Buffer.alloc(TIME_BYTES)
  time.writeUIntBE(now.getTime(), 0, TIME_BYTES)
  return Buffer.concat([time, randomBytes(RANDOM_BYTES)]).toString('base64url')
}

/** Signs the form that uploads one file. The same id and type give the same form. */
export async function signUpload(
  bucket: TransferBucket,
  { id, keyid, contentType }: UploadName & { contentType: UploadType },
): Promise<UploadPlace> {
  const expiresAt = readExpiry(id)
  const [url, signer] = await Promise.all([findAddress(bucket), createSigner(bucket, readTime(id))])
  const fields = signPost(signer, {
    bucket: bucket.name,
    fields: { key: buildKey({ id, keyid }), 'Content-Type': contentType },
    bytesMin: 1,
    bytesMax: UPLOAD_BYTES_MAX,
    expiresAt,
  })
  return { uploadId: id, url, fields, contentType, bytesMax: UPLOAD_BYTES_MAX, expiresAt }
}

/** Stores a file that came in a request as if it had been uploaded; returns its ETag. @throws AppError STORAGE_UNAVAILABLE */
export async function putUpload(
  { name, s3 }: TransferBucket,
  { id, keyid, contentType, bytes }: UploadName & { contentType: UploadType; bytes: Uint8Array },
): Promise<string | undefined> {
  const put = { Bucket: name, Key: buildKey({ id, keyid }), ContentType: contentType, Body: bytes }
  return (await talk(() => s3.send(new PutObjectCommand(put)))).ETag
}

interface OpenedUpload {
  /** Changes with the bytes. */
  etag: string | undefined
  bytes: number
  contentType: UploadType
  /** The file, once. It ends with STORAGE_UNAVAILABLE when the bucket breaks off. */
  stream: AsyncIterable<Buffer>
}

/**
 * Opens a file that was uploaded with the key `keyid`; with an `etag`, this file and no later one of the same form.
 * @throws AppError UPLOAD_NOT_FOUND, UPLOAD_EXPIRED, UPLOAD_CHANGED, FILE_TOO_LARGE, FILE_FORMAT_UNSUPPORTED,
 * STORAGE_UNAVAILABLE
 */
export async function openUpload(
  bucket: TransferBucket,
  { id, keyid, etag }: UploadName & { etag?: string | undefined },
): Promise<OpenedUpload> {
  requireId(id)
  const get = { Bucket: bucket.name, Key: buildKey({ id, keyid }), IfMatch: etag }
  const found = await talk(() => bucket.s3.send(new GetObjectCommand(get)).catch(explainRefusal))
  if (found === undefined) throw explainMissing(bucket, id)
  const { ContentLength: bytes = 0, ContentType: type, ETag } = found
  const body = found.Body as AsyncIterable<Buffer> & { destroy: () => void }
  const contentType = UPLOAD_TYPES.find((one) => one === type)
  if (bytes <= UPLOAD_BYTES_MAX && contentType !== undefined)
    return { etag: ETag, bytes, contentType, stream: readPieces(body) }
  body.destroy()
  if (contentType === undefined) {
    throw new AppError('FILE_FORMAT_UNSUPPORTED', `the uploaded file has the type ${JSON.stringify(type)}`)
  }
  throw new AppError('FILE_TOO_LARGE', `the uploaded file has ${bytes} bytes`, {
    details: { bytes, bytes_max: UPLOAD_BYTES_MAX },
  })
}

/** Checks that a file is there; returns its ETag. @throws AppError as `openUpload` */
export async function requireUpload(bucket: TransferBucket, upload: UploadName): Promise<string | undefined> {
  const { etag, stream } = await openUpload(bucket, upload)
  const pieces = stream[Symbol.asyncIterator]()
  await pieces.next()
  await pieces.return?.()
  return etag
}

/** S3 tells a missing object only to a role that may list the bucket. */
function explainRefusal(thrown: unknown): undefined {
  if (thrown instanceof S3ServiceException && thrown.$metadata.httpStatusCode === 412) {
    throw new AppError('UPLOAD_CHANGED', 'another file was sent for this upload after the import began')
  }
  if (!(thrown instanceof NoSuchKey)) throw thrown
  return undefined
}

function explainMissing({ clock }: TransferBucket, id: string): AppError {
  return clock.now() < readExpiry(id)
    ? new AppError('UPLOAD_NOT_FOUND', 'no file has arrived for this upload yet')
    : new AppError('UPLOAD_EXPIRED', 'no file arrived in time for this upload, or it has been deleted since')
}

async function* readPieces(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const piece = await talk(() => pieces.next())
      if (piece.done) return
      yield piece.value
    }
  } finally {
    await pieces.return?.()
  }
}

/** Every name is made of letters, digits, `-` and `_`. */
function buildKey({ id, keyid }: UploadName): string {
  return `${TRANSFERS.uploads.prefix}${keyid}/${id}`
}

/** @throws AppError UPLOAD_NOT_FOUND */
function requireId(id: string): void {
  if (!ID.test(id)) throw new AppError('UPLOAD_NOT_FOUND', 'there is no such upload')
}

function readTime(id: string): Date {
  return new Date(Buffer.from(id, 'base64url').readUIntBE(0, TIME_BYTES))
}

function readExpiry(id: string): Date {
  return new Date(readTime(id).getTime() + UPLOAD_MINUTES * 60_000)
}
