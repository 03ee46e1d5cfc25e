import { GetObjectTaggingCommand, NoSuchKey, PutObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3'
import { AppError, getErrorMessage } from '#platform/errors'

type Tags = Record<string, string>

/** The tags of a bucket's objects. Both methods throw AppError STORAGE_UNAVAILABLE when it does not answer. */
export interface TagStore {
  /** Returns undefined for a missing object. */
  tagsOf(key: string): Promise<Tags | undefined>
  /** Replaces all tags of the current version. Ignores an object that is gone. */
  putTags(key: string, tags: Tags): Promise<void>
}

export function createTagStore({ s3, bucket }: { s3: S3Client; bucket: string }): TagStore {
  return {
    async tagsOf(key) {
      const found = await talk(() => s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key })))
      return found && Object.fromEntries((found.TagSet ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
    },
    async putTags(key, tags) {
      const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
      await talk(() => s3.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging: { TagSet } })))
    },
  }
}

/** An object that the lifecycle has removed meanwhile needs no tag. */
async function talk<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request()
  } catch (cause) {
    if (isGone(cause)) return undefined
    throw new AppError('STORAGE_UNAVAILABLE', `the tags of a backup cannot be read or set: ${getErrorMessage(cause)}`, {
      cause,
    })
  }
}

/** A delete marker answers "method not allowed". */
function isGone(error: unknown): boolean {
  return (
    error instanceof NoSuchKey || (error instanceof Error && ['NoSuchKey', 'MethodNotAllowed'].includes(error.name))
  )
}
