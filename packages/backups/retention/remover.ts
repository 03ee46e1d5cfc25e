/** Removes objects from a folder or bucket that no stack manages. */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import pLimit from 'p-limit'
import { AppError, getErrorMessage } from '#platform/errors'
import { listPartials } from '#backups/store/file-store'
import { parseBackupKey, mayHoldBackups } from '#backups/format/object-keys'
import { createOpenUploads } from '#backups/retention/stale-uploads'

/** An unfinished object of a killed process. */
export interface Unfinished {
  key: string
  /** Time of the last write, by the store's clock. */
  touchedAt: Date
  /** Absent when the key may not see it. */
  sizeBytes?: number | undefined
  discard(): Promise<void>
}

/** Every method throws AppError STORAGE_UNAVAILABLE. */
export interface Remover {
  /** Ignores a missing object. In a versioned bucket the version stays, hidden. */
  remove(key: string): Promise<void>
  /** Lists unfinished objects of backups, including those in progress. */
  unfinished(): Promise<Unfinished[]>
}

const REQUESTS_AT_ONCE = 8

export function createFolderRemover(folder: string): Remover {
  const dir = resolve(folder)
  return {
    remove: (key) =>
      talk(dir, async () => {
        await rm(join(dir, ...key.split('/')), { force: true })
        await removeEmptyFolders(dir, dirname(join(dir, ...key.split('/'))))
      }),
    unfinished: () =>
      talk(dir, async () => {
        const found = await listPartials(dir, mayHoldBackups)
        return found.map(({ key, modifiedAt, sizeBytes }) => ({
          key,
          touchedAt: modifiedAt,
          sizeBytes,
          discard: () =>
            talk(dir, async () => {
              await rm(join(dir, key), { force: true })
              await removeEmptyFolders(dir, dirname(join(dir, key)))
            }),
        }))
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
    unfinished: async () => {
      const ours = (await uploads.list(prefix)).filter(({ key }) => parseBackupKey(key.slice(prefix.length)))
      const limit = pLimit(REQUESTS_AT_ONCE)
      return Promise.all(
        ours.map((upload) =>
          limit(async () => {
            const { sizeBytes, lastPartAt = upload.startedAt } = await uploads.measure(upload)
            const key = upload.key.slice(prefix.length)
            return { key, touchedAt: lastPartAt, sizeBytes, discard: () => uploads.abort(upload) }
          }),
        ),
      )
    },
  }
}

async function talk<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new AppError('STORAGE_UNAVAILABLE', `${place} cannot be cleaned up: ${getErrorMessage(cause)}`, { cause })
  }
}
