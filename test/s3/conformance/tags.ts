import {
  CreateMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import type { Suite } from './suite.ts'

export function describeTags(suite: Suite): void {
  const { client, bucket: Bucket, needs } = suite
  const tagsOf = async (Key: string) => {
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }))
    return Object.fromEntries(TagSet!.map((tag) => [tag.Key, tag.Value]))
  }
  const setTags = (Key: string, tags: Record<string, string>) => {
    const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    return client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }))
  }

  it('sets, replaces and removes tags without touching the body', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'the body', Metadata: { kept: 'yes' } }))
    const before = await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))
    await setTags('a', { expire: 'daily', 'a b': 'ş +=' })
    expect(await tagsOf('a')).toEqual({ expire: 'daily', 'a b': 'ş +=' })
    expect(await suite.read('a')).toBe('the body')
    await setTags('a', { expire: 'weekly' })
    expect(await tagsOf('a')).toEqual({ expire: 'weekly' })
    await setTags('a', {})
    expect(await tagsOf('a')).toEqual({})
    expect(await suite.read('a')).toBe('the body')
    const after = await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))
    expect(after).toMatchObject({ ETag: before.ETag!, Metadata: { kept: 'yes' } })
  })

  needs('tags-keep-time')('leaves the time of the object alone, from which its age counts', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'timed', Body: 'x' }))
    const before = await client.send(new HeadObjectCommand({ Bucket, Key: 'timed' }))
    await setTags('timed', { expire: 'daily' })
    const after = await client.send(new HeadObjectCommand({ Bucket, Key: 'timed' }))
    expect(after.LastModified).toEqual(before.LastModified)
  })

  it('takes tags with the object, and a new object has none of the old ones', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x', Tagging: 'expire=monthly&note=a%20b' }))
    expect(await tagsOf('b')).toEqual({ expire: 'monthly', note: 'a b' })
    await client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'y' }))
    expect(await tagsOf('b')).toEqual({})
  })

  needs('multipart-tags')('takes tags with an upload in parts', async () => {
    const Key = 'parts'
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, Tagging: 'expire=daily' }))
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'part' }))
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
    await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }))
    expect(await tagsOf(Key)).toEqual({ expire: 'daily' })
    expect(await suite.read(Key)).toBe('part')
  })

  needs('tag-checks')('refuses more than ten tags, and one name twice', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'c', Body: 'x', Tagging: 'expire=daily' }))
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`t${index}`, 'v']))
    await expect(setTags('c', eleven)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } })
    const TagSet = [
      { Key: 'k', Value: '1' },
      { Key: 'k', Value: '2' },
    ]
    const twice = client.send(new PutObjectTaggingCommand({ Bucket, Key: 'c', Tagging: { TagSet } }))
    await expect(twice).rejects.toMatchObject({ name: 'InvalidTag' })
    expect(await tagsOf('c')).toEqual({ expire: 'daily' })
  })

  it('says when there is nothing to tag', async () => {
    await expect(setTags('nothing', { a: 'b' })).rejects.toMatchObject({ name: 'NoSuchKey' })
  })
}
