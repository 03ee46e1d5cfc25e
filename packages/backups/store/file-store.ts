import { createReadStream } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import pLimit from 'p-limit'
import { AppError, getErrorMessage } from '#platform/errors'
import { makeFolders } from '#backups/store/make-folders'
import {
  type ListedObject,
  type ObjectRef,
  type ObjectStore,
  parseStoredJson,
  type StoreClock,
  serializeStoredJson,
} from '#backups/store/object-store'
import type { Upload } from '#platform/multipart-upload'

/** Marks a file that is still being written: listings omit it, and no reader requests it. */
const PARTIAL = '.hunter-partial-'
const READ_BYTES = 256 * 1024
const STATS_AT_ONCE = 16

/** Source of the names of partial files. */
type RandomHex = () => string

interface FileStoreDeps {
  /** Created by the first write. */
  dir: string
  randomHex: RandomHex
  /**
   * Selects the folders, as `a/b/`, that can hold objects; absent: all. Other folders belong to the user and are not
   * read.
   */
  isOurs?: IsOurs | undefined
}

type IsOurs = (folder: string) => boolean
const everything: IsOurs = () => true

/**
 * Stores objects in a folder as a bucket would: an object is a file that appears under its name by a rename, once it is
 * complete and on disk. The folder keeps no versions.
 */
export function createFileStore({ dir: folder, randomHex, isOurs = everything }: FileStoreDeps): ObjectStore {
  const dir = resolve(folder)

  async function startUpload(key: string): Promise<Upload> {
    const path = resolvePath(dir, key)
    const partial = join(dirname(path), `${PARTIAL}${randomHex()}`)
    const file = await talk(dir, async () => {
      await makeFolders(dirname(path))
      return open(partial, 'wx', 0o600)
    })
    let isOpen = true
    async function close(): Promise<void> {
      if (!isOpen) return
      isOpen = false
      await file.close()
    }
    return {
      write: (chunk) =>
        talk(dir, async () => {
          for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
        }),
      complete: () =>
        talk(dir, async () => {
          await file.sync()
          await close()
          await rename(partial, path)
          await syncFolders(dir, dirname(path))
          return {}
        }),
      abort: () =>
        talk(dir, async () => {
          await close()
          await rm(partial, { force: true })
        }),
    }
  }

  async function putJson(key: string, value: unknown): Promise<void> {
    const upload = await startUpload(key)
    try {
      await upload.write(Buffer.from(serializeStoredJson(value)))
      await upload.complete()
    } catch (error) {
      await upload.abort()
      throw error
    }
  }

  async function getJson(key: string): Promise<unknown> {
    const text = await talk(dir, () => readFile(resolvePath(dir, key), 'utf8').catch(undefinedWhenMissing))
    return text === undefined ? undefined : parseStoredJson(key, text)
  }

  async function read({ key }: ObjectRef, range?: { start: number; end: number }): Promise<AsyncIterable<Buffer>> {
    const path = resolvePath(dir, key)
    const found = await talk(dir, () => stat(path).catch(undefinedWhenMissing))
    if (!found?.isFile() || (range && range.start >= found.size)) {
      throw new AppError(
        'BACKUP_DAMAGED',
        `bytes are missing: ${key} does not exist or is shorter than its manifest says`,
      )
    }
    const bytes = range ? { start: range.start, end: range.end - 1 } : {}
    return piecesOf(dir, createReadStream(path, { ...bytes, highWaterMark: READ_BYTES }))
  }

  async function listKeys(prefix: string): Promise<string[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    const found = await talk(dir, () => filesBelow(dir, folder, isOurs))
    return found.filter((key) => key.startsWith(prefix) && !isPartial(key)).sort(byBytes)
  }

  async function listObjects(prefix: string): Promise<ListedObject[]> {
    const limit = pLimit(STATS_AT_ONCE)
    const keys = await listKeys(prefix)
    const found = await talk(dir, () => Promise.all(keys.map((key) => limit(() => describeFile(dir, key)))))
    return found.filter((object) => object !== undefined)
  }

  /** Reads the time of a newly made file: on a share, that is the clock of the machine with the disk. */
  async function readClock(): Promise<StoreClock | undefined> {
    const probe = join(dir, `${PARTIAL}${randomHex()}`)
    try {
      await makeFolders(dir)
      await writeFile(probe, '', { flag: 'wx' })
      return { time: (await stat(probe)).mtime, isIndependent: false }
    } catch {
      return undefined // A run that cannot write here either will report why.
    } finally {
      await rm(probe, { force: true }).catch(() => undefined)
    }
  }

  return { getJson, putJson, read, listObjects, listKeys, readClock, startUpload }
}

/** Returns undefined when the file was removed after it was listed. */
async function describeFile(dir: string, key: string): Promise<ListedObject | undefined> {
  const found = await stat(join(dir, key)).catch(undefinedWhenMissing)
  return found && { key, sizeBytes: found.size, modifiedAt: found.mtime }
}

/** Removes partial files of killed processes that were not written since the given time. Returns their names. */
export async function removeStalePartials(dir: string, before: Date, isOurs: IsOurs): Promise<string[]> {
  return talk(dir, async () => {
    const stale = (await listPartials(dir, isOurs)).filter(({ modifiedAt }) => modifiedAt < before)
    for (const { key } of stale) await rm(join(dir, key), { force: true })
    return stale.map(({ key }) => key)
  })
}

/** Lists files that are being written, or were when their process was killed. */
export async function listPartials(dir: string, isOurs: IsOurs): Promise<ListedObject[]> {
  const names = (await filesBelow(dir, '', isOurs)).filter(isPartial)
  const found = await Promise.all(names.map((name) => describeFile(dir, name)))
  return found.filter((file) => file !== undefined)
}

function isPartial(key: string): boolean {
  return key.slice(key.lastIndexOf('/') + 1).startsWith(PARTIAL)
}

/** `key` may come from a manifest: refuse one that leads out of the folder. */
function resolvePath(dir: string, key: string): string {
  const parts = key.split('/')
  const isSafe = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))
  if (isSafe && !key.includes(PARTIAL)) return join(dir, ...parts)
  throw new AppError('BACKUP_DAMAGED', `${JSON.stringify(key)} is not a valid object name`)
}

async function filesBelow(dir: string, folder: string, isOurs: IsOurs): Promise<string[]> {
  const entries = await readdir(join(dir, folder), { withFileTypes: true }).catch(undefinedWhenMissing)
  const keys: string[] = []
  for (const entry of entries ?? []) {
    const name = folder + entry.name
    if (entry.isFile()) keys.push(name)
    else if (entry.isDirectory() && isOurs(`${name}/`)) keys.push(...(await filesBelow(dir, `${name}/`, isOurs)))
  }
  return keys
}

/** A file name is durable once its folder is synced, and so is each folder that was made for it. */
async function syncFolders(root: string, folder: string): Promise<void> {
  for (let at = folder; at.length >= root.length; at = dirname(at)) {
    const handle = await open(at, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (at === dirname(at)) return
  }
}

async function* piecesOf(dir: string, stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* stream
  } catch (cause) {
    throw unavailable(dir, cause)
  }
}

async function talk<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw cause instanceof AppError ? cause : unavailable(dir, cause)
  }
}

function unavailable(dir: string, cause: unknown): AppError {
  return new AppError('STORAGE_UNAVAILABLE', `the folder ${dir} cannot be used: ${getErrorMessage(cause)}`, { cause })
}

/** Sorts by the bytes of the names, as S3 does. */
function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function undefinedWhenMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
