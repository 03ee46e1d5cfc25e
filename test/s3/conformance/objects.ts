import { Readable } from 'node:stream'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { noise, sha256, type Suite } from './suite.ts'

const ODD_KEYS = [
  'a b',
  ' leading and trailing ',
  'a+b',
  'ışık/çağrı/日本語',
  '😀/🏴‍☠️',
  '%2F%20%',
  'a?b#c=d&e;f',
  `quotes"'<tag>&amp;`,
  '../../../../etc/passwd',
  './dot',
  '..',
  'double//slash',
  '/leading-slash',
  'folder/',
  'back\\slash',
  `${'k'.repeat(1020)}.end`,
]

export function describeObjects(suite: Suite): void {
  const { client, bucket: Bucket, needs } = suite

  it('gives back the body, the type, the metadata and the MD5 as ETag', async () => {
    const Body = noise(100_000)
    const put = await client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'plain',
        Body,
        ContentType: 'application/x-noise',
        CacheControl: 'no-store',
        ContentDisposition: 'attachment; filename="a.bin"',
        Metadata: { origin: 'test', 'two-words': 'yes' },
      }),
    )
    const etag = `"${createHash('md5').update(Body).digest('hex')}"`
    expect(put.ETag).toBe(etag)
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'plain' }))
    expect(sha256(await got.Body!.transformToByteArray())).toBe(sha256(Body))
    expect(got).toMatchObject({ ETag: etag, ContentLength: 100_000, ContentType: 'application/x-noise' })
    expect(got).toMatchObject({ CacheControl: 'no-store', ContentDisposition: 'attachment; filename="a.bin"' })
    expect(got.Metadata).toEqual({ origin: 'test', 'two-words': 'yes' })
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'plain' }))
    expect(head).toMatchObject({ ETag: etag, ContentLength: 100_000, Metadata: got.Metadata })
    expect(head.LastModified).toEqual(got.LastModified)
  })

  it('keeps empty objects', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }))
    expect(await suite.read('empty')).toBe('')
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'empty' }))
    expect(head).toMatchObject({ ContentLength: 0, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' })
  })

  it('replaces an object as a whole', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'twice', Body: 'long first body', Metadata: { first: '1' } }))
    await client.send(new PutObjectCommand({ Bucket, Key: 'twice', Body: 'second' }))
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'twice' }))
    expect(await got.Body!.transformToString()).toBe('second')
    expect(got.Metadata).toEqual({})
  })

  needs('checksum-trailers')(
    'stores a stream without its framing, and keeps Content-Encoding apart from it',
    async () => {
      const Body = gzipSync(noise(300_000))
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key: 'stream',
          Body: Readable.from(slices(Body, 50_000)),
          ContentLength: Body.length,
          ContentEncoding: 'gzip',
        }),
      )
      const got = await client.send(new GetObjectCommand({ Bucket, Key: 'stream' }))
      expect(got.ContentEncoding).toBe('gzip')
      expect(sha256(await got.Body!.transformToByteArray())).toBe(sha256(Body))
    },
  )

  needs('checksum-trailers')('stores an empty stream as an empty object', async () => {
    const Body = Readable.from([])
    await client.send(new PutObjectCommand({ Bucket, Key: 'empty-stream', Body, ContentLength: 0 }))
    expect(await suite.read('empty-stream')).toBe('')
  })

  needs('checksum-trailers')('refuses a stream in tiny chunks', async () => {
    const Body = Readable.from(slices(noise(20_000), 1000))
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'tiny', Body, ContentLength: 20_000 }))
    await expect(put).rejects.toMatchObject({ name: 'InvalidChunkSizeError' })
    await expect(suite.read('tiny')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  it.each([
    ['bytes=0-4', 'bytes 0-4/26', 'abcde'],
    ['bytes=25-25', 'bytes 25-25/26', 'z'],
    ['bytes=20-', 'bytes 20-25/26', 'uvwxyz'],
    ['bytes=-3', 'bytes 23-25/26', 'xyz'],
    ['bytes=-99', 'bytes 0-25/26', 'abcdefghijklmnopqrstuvwxyz'],
    ['bytes=24-99', 'bytes 24-25/26', 'yz'],
  ])('answers the range %s with those bytes alone', async (Range, ContentRange, text) => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'alphabet', Body: 'abcdefghijklmnopqrstuvwxyz' }))
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'alphabet', Range }))
    expect(got.$metadata.httpStatusCode).toBe(206)
    expect(got).toMatchObject({ ContentRange, ContentLength: text.length })
    expect(await got.Body!.transformToString()).toBe(text)
  })

  it('refuses a range behind the end', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'short', Body: 'abc' }))
    const get = client.send(new GetObjectCommand({ Bucket, Key: 'short', Range: 'bytes=3-' }))
    await expect(get).rejects.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } })
  })

  it('keeps keys of any text apart and as they are', async () => {
    const own = await suite.makeBucket()
    for (const Key of ODD_KEYS) await client.send(new PutObjectCommand({ Bucket: own, Key, Body: `body of ${Key}` }))
    for (const Key of ODD_KEYS) {
      const got = await client.send(new GetObjectCommand({ Bucket: own, Key }))
      expect(await got.Body!.transformToString()).toBe(`body of ${Key}`)
    }
    const listed = await client.send(new ListObjectsV2Command({ Bucket: own }))
    expect(new Set(listed.Contents!.map((entry) => entry.Key))).toEqual(new Set(ODD_KEYS))
    for (const Key of ODD_KEYS) await client.send(new DeleteObjectCommand({ Bucket: own, Key }))
    expect((await client.send(new ListObjectsV2Command({ Bucket: own }))).KeyCount).toBe(0)
  })

  it('says what is missing: key, bucket', async () => {
    await expect(suite.read('nothing')).rejects.toMatchObject({ name: 'NoSuchKey' })
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'nothing' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    })
    const elsewhere = `${Bucket}-not`
    const get = client.send(new GetObjectCommand({ Bucket: elsewhere, Key: 'a' }))
    await expect(get).rejects.toMatchObject({ name: 'NoSuchBucket' })
    await expect(client.send(new HeadBucketCommand({ Bucket: elsewhere }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    })
  })

  it('deletes, and deletes what is not there without complaint', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'x' }))
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }))
    await expect(suite.read('gone')).rejects.toMatchObject({ name: 'NoSuchKey' })
    const again = await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }))
    expect(again.$metadata.httpStatusCode).toBe(204)
  })

  it('deletes many in one request', async () => {
    const keys = ['many/1', 'many/2', 'many/<3>&']
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
    const Objects = [...keys, 'many/never'].map((Key) => ({ Key }))
    const deleted = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(new Set(deleted.Deleted!.map((entry) => entry.Key))).toEqual(new Set(Objects.map((object) => object.Key)))
    expect(deleted.Errors ?? []).toEqual([])
    const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }))
    expect(listed.KeyCount).toBe(0)
    const Quiet = true
    const quiet = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet } }))
    expect(quiet.Deleted ?? []).toEqual([])
  })

  it('lists its buckets', async () => {
    const { Buckets } = await client.send(new ListBucketsCommand({}))
    expect(Buckets!.map((entry) => entry.Name)).toContain(Bucket)
  })

  needs('refuses-unknown')('refuses what it cannot do, and leaves the object alone', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'locked', Body: 'precious' }))
    const Retention = { Mode: 'GOVERNANCE' as const, RetainUntilDate: new Date('2030-01-01T00:00:00Z') }
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }]
    const ServerSideEncryptionConfiguration = { Rules }
    const refused = await Promise.allSettled([
      client.send(new PutObjectRetentionCommand({ Bucket, Key: 'locked', Retention })),
      client.send(new PutObjectAclCommand({ Bucket, Key: 'locked', ACL: 'public-read' })),
      client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration })),
      client.send(new PutObjectCommand({ Bucket, Key: 'locked', Body: 'x', ServerSideEncryption: 'aws:kms' })),
    ])
    const refusal = { status: 'rejected', reason: { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } } }
    for (const attempt of refused) expect(attempt).toMatchObject(refusal)
    expect(await suite.read('locked')).toBe('precious')
  })
}

function slices(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}
