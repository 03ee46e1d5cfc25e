import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { AppError, messageOf } from '#platform/errors'
import { startUpload, type Upload } from '#backups/store/upload'

/** One version of one object. */
export interface ObjectRef {
  key: string
  versionId?: string | undefined
}

/** An object as a listing shows it. */
export interface ListedObject {
  key: string
  sizeBytes: number
  /** By the store's own clock. */
  modifiedAt: Date
}

/** What the store's own clock says. */
export interface StoreClock {
  time: Date
  /** Whether it is another machine's clock: a folder's is mostly our own. */
  isIndependent: boolean
}

/** What backups need of a bucket or a folder; the keys say nothing of where it is. Every method throws AppError STORAGE_UNAVAILABLE when it doesn't answer. */
export interface ObjectStore {
  /** undefined when there is no such object. @throws AppError BACKUP_DAMAGED when it is not JSON */
  getJson(key: string): Promise<unknown>
  putJson(key: string, value: unknown): Promise<void>
  /** Bytes `[start, end)`, or all of them. @throws AppError BACKUP_DAMAGED when the object is missing */
  read(object: ObjectRef, range?: { start: number; end: number }): Promise<AsyncIterable<Buffer>>
  startUpload(key: string, contentType: string): Promise<Upload>
  /** In the order of the keys' bytes. */
  listObjects(prefix: string): Promise<ListedObject[]>
  /** The keys alone. */
  listKeys(prefix: string): Promise<string[]>
  /** undefined where it cannot be told, as in a folder that can only be read. */
  readClock(): Promise<StoreClock | undefined>
}

export interface ObjectStoreDeps {
  s3: S3Client
  /** For what is sent, if it needs another client: one that gives a request up in which nothing moves. */
  uploader?: S3Client
  bucket: string
  /** How long the bucket may keep silent while an object is read; without it, a minute. */
  idleMs?: number
  /** What stands before every key, such as `backups/`; no manifest knows of it. */
  prefix?: string
}

const IDLE_MS = 60_000

export function createObjectStore(deps: ObjectStoreDeps): ObjectStore {
  const { s3, uploader = s3, bucket, prefix: root = '', idleMs = IDLE_MS } = deps

  async function getJson(key: string): Promise<unknown> {
    const text = await talk(async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: root + key }))
      return textOf(piecesOf(Body as AsyncIterable<Buffer>, idleMs))
    }).catch(ignoreMissing)
    return text === undefined ? undefined : parseStoredJson(key, text)
  }

  async function putJson(key: string, value: unknown): Promise<void> {
    const body = storedJson(value)
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
      throw new AppError('BACKUP_DAMAGED', `bytes are missing: ${key} is gone or shorter than its manifest says`, {
        cause,
      })
    }
  }

  async function listObjects(prefix: string): Promise<ListedObject[]> {
    const objects: ListedObject[] = []
    let token: string | undefined
    do {
      const input = { Bucket: bucket, Prefix: root + prefix, ContinuationToken: token }
      const page = await talk(() => s3.send(new ListObjectsV2Command(input)))
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? [])
        objects.push({ key: Key.slice(root.length), sizeBytes: Size, modifiedAt: LastModified })
      token = page.NextContinuationToken
    } while (token)
    return objects
  }

  /** A refusal has a date, too: a key that may only write sees the clock all the same. */
  async function readClock(): Promise<StoreClock | undefined> {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: root, MaxKeys: 1 })
    let date = ''
    command.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args)
        date = (answer.response as { headers?: Record<string, string> }).headers?.['date'] ?? ''
        return answer
      },
      { step: 'deserialize', priority: 'low' }, // before the answer is read, which throws on a refusal
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

/** A connection that breaks is no damage: it must not look like the end of the object, nor like a bad one. */
async function* piecesOf(body: AsyncIterable<Buffer>, idleMs: number): AsyncGenerator<Buffer> {
  try {
    yield* withinIdle(body, idleMs)
  } catch (cause) {
    throw new AppError('STORAGE_UNAVAILABLE', `the backup bucket stopped answering: ${messageOf(cause)}`, { cause })
  }
}

/** Only while we wait for the server does its silence count: a database that takes the rows may be slow. */
async function* withinIdle(body: AsyncIterable<Buffer>, idleMs: number): AsyncGenerator<Buffer> {
  const pieces = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const silence = Promise.withResolvers<never>()
      const timer = setTimeout(() => silence.reject(new Error(`nothing came for ${idleMs} ms`)), idleMs)
      const piece = await Promise.race([pieces.next(), silence.promise]).finally(() => clearTimeout(timer))
      if (piece.done) return
      yield piece.value
    }
  } finally {
    destroyOf(body)
  }
}

/** Not the iterator's `return`: it waits for the piece that does not come. */
function destroyOf(body: AsyncIterable<Buffer> & { destroy?: () => void }): void {
  body.destroy?.()
}

async function textOf(pieces: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all).toString('utf8')
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

/** Whether the store answered that this key may not do that. */
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

/** The text that a value is stored as. What was parsed from it and not changed gives the same bytes again. */
export function storedJson(value: unknown): string {
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
