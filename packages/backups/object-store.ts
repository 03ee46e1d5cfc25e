import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { AppError, messageOf } from '#platform/errors'
import { startUpload, type Upload } from '#backups/upload'

/** One version of one object. */
export interface ObjectRef {
  key: string
  versionId?: string | undefined
}

/** What backups need of a bucket or a folder; the keys say nothing of where it is. Every method throws AppError STORAGE_UNAVAILABLE when it doesn't answer. */
export interface ObjectStore {
  /** undefined when there is no such object. @throws AppError BACKUP_DAMAGED when it is not JSON */
  getJson(key: string): Promise<unknown>
  putJson(key: string, value: unknown): Promise<void>
  /** Bytes `[start, end)`, or all of them. @throws AppError BACKUP_DAMAGED when the object is missing */
  read(object: ObjectRef, range?: { start: number; end: number }): Promise<AsyncIterable<Buffer>>
  startUpload(key: string, contentType: string): Promise<Upload>
  listKeys(prefix: string): Promise<string[]>
}

export interface ObjectStoreDeps {
  s3: S3Client
  bucket: string
  /** What stands before every key, such as `backups/`; no manifest knows of it. */
  prefix?: string
}

export function createObjectStore({ s3, bucket, prefix: root = '' }: ObjectStoreDeps): ObjectStore {
  async function getJson(key: string): Promise<unknown> {
    const text = await talk(async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: root + key }))
      return Body?.transformToString()
    }).catch(ignoreMissing)
    return text === undefined ? undefined : parseStoredJson(key, text)
  }

  async function putJson(key: string, value: unknown): Promise<void> {
    const body = `${JSON.stringify(value, null, 2)}\n`
    await talk(() =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key: root + key, Body: body, ContentType: 'application/json' })),
    )
  }

  async function read(
    { key, versionId }: ObjectRef,
    range?: { start: number; end: number },
  ): Promise<AsyncIterable<Buffer>> {
    const bytes = range && `bytes=${range.start}-${range.end - 1}`
    try {
      const { Body } = await talk(() =>
        s3.send(new GetObjectCommand({ Bucket: bucket, Key: root + key, VersionId: versionId, Range: bytes })),
      )
      return piecesOf(Body as AsyncIterable<Buffer>)
    } catch (cause) {
      if (!isMissing(cause) && !isOutOfRange(cause)) throw cause
      throw new AppError('BACKUP_DAMAGED', `bytes are missing: ${key} is gone or shorter than its manifest says`, {
        cause,
      })
    }
  }

  async function listKeys(prefix: string): Promise<string[]> {
    const keys: string[] = []
    let token: string | undefined
    do {
      const input = { Bucket: bucket, Prefix: root + prefix, ContinuationToken: token }
      const page = await talk(() => s3.send(new ListObjectsV2Command(input)))
      for (const object of page.Contents ?? []) if (object.Key) keys.push(object.Key.slice(root.length))
      token = page.NextContinuationToken
    } while (token)
    return keys
  }

  return {
    getJson,
    putJson,
    read,
    listKeys,
    startUpload: (key, contentType) => talk(() => startUpload({ s3, bucket }, { key: root + key, contentType })),
  }
}

/** A connection that breaks is no damage: it must not look like the end of the object, nor like a bad one. */
async function* piecesOf(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body
  } catch (cause) {
    throw new AppError('STORAGE_UNAVAILABLE', `the backup bucket stopped answering: ${messageOf(cause)}`, { cause })
  }
}

async function talk<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    throw new AppError('STORAGE_UNAVAILABLE', `the backup bucket does not answer: ${messageOf(cause)}`, { cause })
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
  return undefined
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error
  return cause instanceof NoSuchKey || (cause instanceof S3ServiceException && cause.name === 'NoSuchVersion')
}

function isOutOfRange(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error
  return cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 416
}

/** @throws AppError BACKUP_DAMAGED */
export function parseStoredJson(key: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AppError('BACKUP_DAMAGED', `${key} is not JSON`, { cause })
  }
}
