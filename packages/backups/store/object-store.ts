import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { AppError, getErrorMessage } from '#platform/errors'
import { startUpload, type Upload } from '#platform/multipart-upload'

/** One version of one object. */
export interface ObjectRef {
  key: string
  versionId?: string | undefined
}

/** An object in a listing. */
export interface ListedObject {
  key: string
  sizeBytes: number
  /** Time by the store's own clock. */
  modifiedAt: Date
  /** Changes with the contents; absent in a folder. */
  etag?: string | undefined
}

/** The store's own clock. */
export interface StoreClock {
  time: Date
  /** True when the clock is another machine's: a folder's is usually our own. */
  isIndependent: boolean
}

/**
 * The store that backups need, a bucket or a folder; keys do not depend on its location. Every method throws AppError
 * STORAGE_UNAVAILABLE when the store does not answer.
 */
export interface ObjectStore {
  /** Returns undefined for a missing object. @throws AppError BACKUP_DAMAGED when it is not JSON */
  getJson(key: string): Promise<unknown>
  putJson(key: string, value: unknown): Promise<void>
  /** Reads bytes `[start, end)`, or all of them. @throws AppError BACKUP_DAMAGED when the object is missing */
  read(object: ObjectRef, range?: { start: number; end: number }): Promise<AsyncIterable<Buffer>>
  startUpload(key: string, contentType: string): Promise<Upload>
  /** Lists objects in the order of their keys' bytes. */
  listObjects(prefix: string): Promise<ListedObject[]>
  /** Lists the keys alone. */
  listKeys(prefix: string): Promise<string[]>
  /** Returns undefined when the clock cannot be read, as in a read-only folder. */
  readClock(): Promise<StoreClock | undefined>
}

interface ObjectStoreDeps {
  s3: S3Client
  /** Client for uploads, if they need another one: it aborts a request without progress. */
  uploader?: S3Client
  bucket: string
  /** Maximum silence of the bucket while an object is read; a minute by default. */
  idleMs?: number
  /** Prefix of every key, such as `backups/`; manifests do not contain it. */
  prefix?: string
}

const IDLE_MS = 60_000

export function createObjectStore(deps: ObjectStoreDeps): ObjectStore {
  const { s3, uploader = s3, bucket, prefix: root = '', idleMs = IDLE_MS } = deps

  async function getJson(key: string): Promise<unknown> {
    const text = await talk(async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: root + key }))
      return readText(piecesOf(Body as AsyncIterable<Buffer>, idleMs))
    }).catch(ignoreMissing)
    return text === undefined ? undefined : parseStoredJson(key, text)
  }

  async function putJson(key: string, value: unknown): Promise<void> {
    const body = serializeStoredJson(value)
    await talk(() =>
      uploader.send(
        new PutObjectCommand({ Bucket: bucket, Key: root + key, Body: body, ContentType: 'application/json' }),
      ),
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
      return piecesOf(Body as AsyncIterable<Buffer>, idleMs)
    } catch (cause) {
      if (!isMissing(cause) && !isOutOfRange(cause)) throw cause
      throw new AppError(
        'BACKUP_DAMAGED',
        `bytes are missing: ${key} does not exist or is shorter than its manifest says`,
        {
          cause,
        },
      )
    }
  }

  async function listObjects(prefix: string): Promise<ListedObject[]> {
    const objects: ListedObject[] = []
    let token: string | undefined
    do {
      const input = { Bucket: bucket, Prefix: root + prefix, ContinuationToken: token }
      const page = await talk(() => s3.send(new ListObjectsV2Command(input)))
      for (const { Key = '', Size = 0, LastModified = new Date(0), ETag } of page.Contents ?? [])
        objects.push({ key: Key.slice(root.length), sizeBytes: Size, modifiedAt: LastModified, etag: ETag })
      token = page.NextContinuationToken
    } while (token)
    return objects
  }

  /** A refusal carries a date, too: a write-only key can still read the clock. */
  async function readClock(): Promise<StoreClock | undefined> {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: root, MaxKeys: 1 })
    let date = ''
    command.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args)
        date = (answer.response as { headers?: Record<string, string> }).headers?.['date'] ?? ''
        return answer
      },
      { step: 'deserialize', priority: 'low' }, // Runs before the answer is parsed, which throws on a refusal.
    )
    await talk(() => s3.send(command)).catch(ignoreForbidden)
    const time = new Date(date)
    return Number.isNaN(time.getTime()) ? undefined : { time, isIndependent: true }
  }

  async function upload(key: string, contentType: string): Promise<Upload> {
    const begun = await talk(() => startUpload({ s3: uploader, bucket }, { key: root + key, contentType }))
    return {
      write: (chunk) => talk(() => begun.write(chunk)),
      complete: () => talk(() => begun.complete()),
      abort: () => talk(() => begun.abort()),
    }
  }

  const listKeys = async (prefix: string) => (await listObjects(prefix)).map(({ key }) => key)

  return { getJson, putJson, read, listObjects, listKeys, readClock, startUpload: upload }
}

/** A broken connection is no damage: it must not look like the end of the object or like bad bytes. */
async function* piecesOf(body: AsyncIterable<Buffer>, idleMs: number): AsyncGenerator<Buffer> {
  try {
    yield* withinIdle(body, idleMs)
  } catch (cause) {
    throw new AppError('STORAGE_UNAVAILABLE', `the backup bucket stopped answering: ${getErrorMessage(cause)}`, {
      cause,
    })
  }
}

/** Counts the server's silence only while we wait for it: the consumer of the rows may be slow. */
async function* withinIdle(body: AsyncIterable<Buffer>, idleMs: number): AsyncGenerator<Buffer> {
  const pieces = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const silence = Promise.withResolvers<never>()
      const timer = setTimeout(() => silence.reject(new Error(`no data came for ${idleMs} ms`)), idleMs)
      const piece = await Promise.race([pieces.next(), silence.promise]).finally(() => clearTimeout(timer))
      if (piece.done) return
      yield piece.value
    }
  } finally {
    destroyBody(body)
  }
}

/** The iterator's `return` would wait for the piece that never comes. */
function destroyBody(body: AsyncIterable<Buffer> & { destroy?: () => void }): void {
  body.destroy?.()
}

async function readText(pieces: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all).toString('utf8')
}

async function talk<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    throw new AppError('STORAGE_UNAVAILABLE', `the backup bucket does not answer: ${getErrorMessage(cause)}`, { cause })
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
  return undefined
}

/** True when the store refused access to this key. */
export function isForbidden(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error
  return cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 403
}

function ignoreForbidden(error: unknown): void {
  if (!isForbidden(error)) throw error
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error
  return cause instanceof NoSuchKey || (cause instanceof S3ServiceException && cause.name === 'NoSuchVersion')
}

function isOutOfRange(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error
  return cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 416
}

/** Serialises a value for storage. An unchanged parsed value gives the same bytes again. */
export function serializeStoredJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** @throws AppError BACKUP_DAMAGED */
export function parseStoredJson(key: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AppError('BACKUP_DAMAGED', `${key} is not JSON`, { cause })
  }
}
