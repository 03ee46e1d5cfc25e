/** Takes objects away where nobody else does: in a folder or a bucket that no stack looks after. */
import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '#platform/errors'
import { staleFilesBelow } from '#backups/file-store'
import { backupOfKey, mayHoldBackups } from '#backups/object-keys'
import { createOpenUploads } from '#backups/stale-uploads'

/** An object that a killed process began and nobody finishes. */
export interface Unfinished {
  key: string
  startedAt: Date
  discard(): Promise<void>
}

/** Every method throws AppError STORAGE_UNAVAILABLE. */
export interface Remover {
  /** Does nothing when it is gone. In a versioned bucket the version stays, hidden. */
  remove(key: string): Promise<void>
  /** Those of backups that were begun before. */
  unfinished(before: Date): Promise<Unfinished[]>
}

export function createFolderRemover(folder: string): Remover {
  const dir = resolve(folder)
  return {
    remove: (key) =>
      talk(dir, async () => {
        await rm(join(dir, ...key.split('/')), { force: true })
        await removeEmptyFolders(dir, dirname(join(dir, ...key.split('/'))))
      }),
    unfinished: (before) =>
      talk(dir, async () => {
        const found: Unfinished[] = []
        for (const key of await staleFilesBelow(dir, before, mayHoldBackups)) {
          const path = join(dir, key)
          const { mtime } = await stat(path)
          found.push({ key, startedAt: mtime, discard: () => talk(dir, () => rm(path, { force: true })) })
        }
        return found
      }),
  }
}

async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let at = folder; at.length > root.length && (await readdir(at)).length === 0; at = dirname(at)) await rmdir(at)
}

export function createBucketRemover(place: { s3: S3Client; bucket: string; prefix: string }): Remover {
  const { s3, bucket, prefix } = place
  const uploads = createOpenUploads({ s3, bucket })
  return {
    remove: (key) =>
      talk(bucket, async () => {
        await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + key }))
      }),
    unfinished: async (before) => {
      const open = (await uploads.list(prefix)).filter(({ startedAt }) => startedAt < before)
      return open.flatMap((upload) => {
        const key = upload.key.slice(prefix.length)
        if (!backupOfKey(key)) return [] // somebody else's
        return [{ key, startedAt: upload.startedAt, discard: () => uploads.abort(upload) }]
      })
    },
  }
}

async function talk<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new AppError('STORAGE_UNAVAILABLE', `${place} cannot be tidied up: ${messageOf(cause)}`, { cause })
  }
}
