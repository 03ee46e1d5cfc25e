import {
  AbortMultipartUploadCommand,
  type ListMultipartUploadsCommandOutput,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  NoSuchUpload,
  type S3Client,
} from '@aws-sdk/client-s3'
import { AppError, getErrorMessage } from '#platform/errors'
import { isBackupKey } from '#backups/format/object-keys'
import { isForbidden } from '#backups/store/object-store'
import { INCOMPLETE_UPLOAD_DAYS } from '#backups/format/retention-tiers'

interface OpenUpload {
  key: string
  uploadId: string
  startedAt: Date
}

/** Uploads that were neither completed nor aborted. Every method throws AppError STORAGE_UNAVAILABLE. */
export interface OpenUploads {
  list(prefix: string): Promise<OpenUpload[]>
  /** Ignores an upload that is gone. */
  abort(upload: OpenUpload): Promise<void>
  /** Measures the parts that arrived. Returns nothing when the key may not list them, or the upload is gone. */
  measure(upload: OpenUpload): Promise<{ sizeBytes?: number; lastPartAt?: Date | undefined }>
}

/** The bucket's own rule acts first, and needs up to a day more. */
const STALE_AFTER_MS = (INCOMPLETE_UPLOAD_DAYS + 1) * 24 * 60 * 60 * 1000

/** Aborts uploads of killed backups that the bucket's lifecycle missed. Returns the aborted ones. */
export async function abortStaleUploads(
  uploads: OpenUploads,
  { source, now }: { source: string; now: Date },
): Promise<OpenUpload[]> {
  return abortStale(uploads, await uploads.list(`${source}/`), now)
}

/** Does the same for every source below a prefix; it leaves other uploads there alone. */
export async function abortStaleBackups(
  uploads: OpenUploads,
  { prefix, now }: { prefix: string; now: Date },
): Promise<OpenUpload[]> {
  const open = await uploads.list(prefix)
  const isOurs = ({ key }: OpenUpload) => isBackupKey(key.slice(prefix.length))
  return abortStale(uploads, open.filter(isOurs), now)
}

async function abortStale(uploads: OpenUploads, open: OpenUpload[], now: Date): Promise<OpenUpload[]> {
  const stale = open.filter(({ startedAt }) => now.getTime() - startedAt.getTime() > STALE_AFTER_MS)
  for (const upload of stale) await uploads.abort(upload)
  return stale
}

export function createOpenUploads({ s3, bucket }: { s3: S3Client; bucket: string }): OpenUploads {
  return {
    list: (prefix) =>
      talk(async () => {
        const found: OpenUpload[] = []
        let page: ListMultipartUploadsCommandOutput | undefined
        do {
          const from = { KeyMarker: page?.NextKeyMarker, UploadIdMarker: page?.NextUploadIdMarker }
          page = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...from }))
          for (const { Key: key = '', UploadId: uploadId = '', Initiated } of page.Uploads ?? [])
            if (Initiated) found.push({ key, uploadId, startedAt: Initiated })
        } while (page.IsTruncated)
        return found
      }),
    abort: ({ key, uploadId }) =>
      talk(async () => {
        await s3
          .send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }))
          .catch((error: unknown) => {
            if (!(error instanceof NoSuchUpload)) throw error
          })
      }),
    measure: ({ key, uploadId }) =>
      talk(async () => {
        let sizeBytes = 0
        let lastPartAt: Date | undefined
        let page: ListPartsCommandOutput | undefined
        do {
          const after = { PartNumberMarker: page?.NextPartNumberMarker }
          page = await s3.send(new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId, ...after }))
          for (const { Size = 0, LastModified } of page.Parts ?? []) {
            sizeBytes += Size
            if (LastModified && (!lastPartAt || LastModified > lastPartAt)) lastPartAt = LastModified
          }
        } while (page.IsTruncated) // The marker cannot tell: the last page has one, too.
        return { sizeBytes, lastPartAt }
      }).catch((error: unknown) => {
        if (isForbidden(error) || (error as AppError).cause instanceof NoSuchUpload) return {}
        throw error
      }),
  }
}

async function talk<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    throw new AppError(
      'STORAGE_UNAVAILABLE',
      `unfinished uploads cannot be listed or removed: ${getErrorMessage(cause)}`,
      {
        cause,
      },
    )
  }
}
