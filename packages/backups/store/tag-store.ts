import { GetObjectTaggingCommand, NoSuchKey, PutObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '#platform/errors'

export type Tags = Record<string, string>

/** The tags of a bucket's objects. Both throw AppError STORAGE_UNAVAILABLE when it doesn't answer. */
export interface TagStore {
  /** undefined when there is no such object. */
  tagsOf(key: string): Promise<Tags | undefined>
  /** All tags of the current version at once. Does nothing to an object that is gone. */
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

/** What the lifecycle took away in the meantime needs no tag. */
async function talk<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request()
  } catch (cause) {
    if (isGone(cause)) return undefined
    throw new AppError('STORAGE_UNAVAILABLE', `the tags of a backup are out of reach: ${messageOf(cause)}`, { cause })
  }
}

/** A delete marker answers that the method is not allowed. */
function isGone(error: unknown): boolean {
  return (
    error instanceof NoSuchKey || (error instanceof Error && ['NoSuchKey', 'MethodNotAllowed'].includes(error.name))
  )
}
