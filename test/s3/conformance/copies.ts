import {
  CopyObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { beforeAll, expect, it } from 'vitest'
import { noise, sha256, type Suite } from './suite.ts'

export function describeCopies(suite: Suite): void {
  const { client, bucket: Bucket, needs } = suite
  const body = noise(200_000)
  const sourceKey = 'source folder/ş+1.bin'
  const CopySource = `${Bucket}/${encodeURIComponent(sourceKey)}`
  const tagsOf = async (Key: string) => {
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }))
    return TagSet
  }

  beforeAll(async () => {
    const input = { Bucket, Key: sourceKey, Body: body, ContentType: 'text/x-source', Tagging: 'expire=daily' }
    await client.send(new PutObjectCommand({ ...input, Metadata: { origin: 'source' } }))
  })

  it('copies the body, the metadata and the tags', async () => {
    const { CopyObjectResult } = await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }))
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'copy' }))
    expect(sha256(await got.Body!.transformToByteArray())).toBe(sha256(body))
    expect(got).toMatchObject({ ContentType: 'text/x-source', Metadata: { origin: 'source' } })
    expect(got.ETag).toContain(CopyObjectResult!.ETag!.replaceAll('"', ''))
    expect(await tagsOf('copy')).toEqual([{ Key: 'expire', Value: 'daily' }])
  })

  needs('copy-directives')('takes new metadata and new tags where it is told to', async () => {
    await client.send(
      new CopyObjectCommand({
        Bucket,
        Key: 'changed',
        CopySource,
        MetadataDirective: 'REPLACE',
        Metadata: { origin: 'copy' },
        ContentType: 'text/x-copy',
        TaggingDirective: 'REPLACE',
        Tagging: 'expire=weekly',
      }),
    )
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'changed' }))
    expect(head).toMatchObject({ ContentType: 'text/x-copy', Metadata: { origin: 'copy' }, ContentLength: 200_000 })
    expect(await tagsOf('changed')).toEqual([{ Key: 'expire', Value: 'weekly' }])
  })

  it('leaves the source alone and does not depend on it', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'original', Body: 'before' }))
    await client.send(new CopyObjectCommand({ Bucket, Key: 'kept', CopySource: `${Bucket}/original` }))
    await client.send(new PutObjectCommand({ Bucket, Key: 'original', Body: 'after' }))
    expect(await suite.read('kept')).toBe('before')
    expect(await suite.read('original')).toBe('after')
  })

  it('copies onto itself only with a change', async () => {
    const same = client.send(new CopyObjectCommand({ Bucket, Key: sourceKey, CopySource }))
    await expect(same).rejects.toMatchObject({ name: 'InvalidRequest' })
    const missing = client.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/nothing` }))
    await expect(missing).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  needs('copy-directives')('copies only the version that was seen', async () => {
    const CopySourceIfMatch = '"0123"'
    const copy = client.send(new CopyObjectCommand({ Bucket, Key: 'unseen', CopySource, CopySourceIfMatch }))
    await expect(copy).rejects.toMatchObject({ name: 'PreconditionFailed' })
    await expect(suite.read('unseen')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  needs('checksums')('carries the checksum of the copied bytes', async () => {
    const copied = await client.send(
      new CopyObjectCommand({ Bucket, Key: 'summed', CopySource, ChecksumAlgorithm: 'SHA256' }),
    )
    expect(copied.CopyObjectResult!.ChecksumSHA256).toBe(Buffer.from(sha256(body), 'hex').toString('base64'))
  })
}
