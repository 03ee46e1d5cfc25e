import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LOCAL_CREDENTIALS, startS3Server } from '#emulators/s3/server'
import { TestClock } from '../support/test-clock.ts'
import { isThorough } from '../support/thorough.ts'
import { clientFor, noise, sha256 } from './conformance/suite.ts'

const MIB = 1024 * 1024
const Bucket = 'data'

describe('what the embedded S3 server keeps on the disk', () => {
  let dir: string
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'hunter-s3-'))))
  afterEach(() => rm(dir, { recursive: true }))

  /** Runs a server on the folder for the length of `use`. */
  async function withServer<Result>(use: (client: S3Client) => Promise<Result>): Promise<Result> {
    const server = await startS3Server({ dir, buckets: [Bucket], clock: new TestClock() })
    try {
      return await use(clientFor(server.url, LOCAL_CREDENTIALS)())
    } finally {
      await server.close()
    }
  }

  const read = async (client: S3Client, Key: string, VersionId?: string) => {
    const version = VersionId === undefined ? {} : { VersionId }
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...version }))
    return Body!.transformToString()
  }

  it('outlives a restart: versions, markers, tags, rules, and uploads that were begun', async () => {
    const body = noise(5 * MIB)
    const Rules = [{ ID: 'r', Status: 'Enabled' as const, Filter: { Prefix: 'x' }, Expiration: { Days: 3 } }]
    const begun = await withServer(async (client) => {
      const VersioningConfiguration = { Status: 'Enabled' as const }
      await client.send(new PutObjectCommand({ Bucket, Key: 'before', Body: 'unversioned' }))
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
      await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
      const first = await client.send(new PutObjectCommand({ Bucket, Key: 'v', Body: 'first', Metadata: { a: 'b' } }))
      await client.send(new PutObjectCommand({ Bucket, Key: 'v', Body: 'second' }))
      const TagSet = [{ Key: 'expire', Value: 'daily' }]
      await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'v', Tagging: { TagSet } }))
      await client.send(new PutObjectCommand({ Bucket, Key: 'deleted', Body: 'x' }))
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }))
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }))
      const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: body }
      const { ETag } = await client.send(new UploadPartCommand(part))
      return { UploadId, ETag, firstVersion: first.VersionId! }
    })
    await withServer(async (client) => {
      expect(await read(client, 'before')).toBe('unversioned')
      expect(await read(client, 'v')).toBe('second')
      expect(await read(client, 'v', begun.firstVersion)).toBe('first')
      const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'v' }))
      expect(TagSet).toEqual([{ Key: 'expire', Value: 'daily' }])
      await expect(read(client, 'deleted')).rejects.toMatchObject({ name: 'NoSuchKey' })
      const kept = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
      expect(kept.Rules).toEqual(Rules)
      const input = { Bucket, Key: 'parts', UploadId: begun.UploadId, PartNumber: 2, Body: 'tail' }
      const tail = await client.send(new UploadPartCommand(input))
      const Parts = [begun.ETag, tail.ETag].map((ETag, index) => ({ PartNumber: index + 1, ETag }))
      const { UploadId } = begun
      const MultipartUpload = { Parts }
      await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }))
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'parts' }))
      const whole = Buffer.concat([body, Buffer.from('tail')])
      expect(sha256(await Body!.transformToByteArray())).toBe(sha256(whole))
    })
  })

  it('keeps no bytes of objects that were replaced, deleted, refused or never completed', async () => {
    await withServer(async (client) => {
      const put = (Body: string, extra = {}) => client.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ...extra }))
      await put('first')
      await put('second')
      await expect(put('third', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' })
      await expect(put('fourth', { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({ name: 'BadDigest' })
      expect(await readdir(join(dir, Bucket, 'bodies'))).toHaveLength(1)
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
      expect(await readdir(join(dir, Bucket, 'bodies'))).toEqual([])
    })
  })

  it('reads an object of several parts to the end that is replaced meanwhile', async () => {
    await withServer(async (client) => {
      const before = noise(25 * MIB)
      await new Upload({ client, params: { Bucket, Key: 'k', Body: before } }).done()
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }))
      await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'after' }))
      expect(sha256(await Body!.transformToByteArray())).toBe(sha256(before))
      expect(await read(client, 'k')).toBe('after')
      await expect.poll(() => readdir(join(dir, Bucket, 'bodies'))).toHaveLength(1)
    })
  })

  it('has, after kill -9 in the midst of writes, each object old or new and whole, and all that was acknowledged', async () => {
    const acknowledged = new Map<string, number>()
    for (let round = 0; round < (isThorough ? 4 : 1); round++) {
      await writeUntilKilled(dir, acknowledged, 40 + round * 35)
      await withServer(async (client) => {
        const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket }))
        for (const { Key } of Versions ?? []) {
          // The client compares the bytes with the checksum that was kept; the first line says which write it was.
          const [line, ...rest] = (await read(client, Key!)).split('\n')
          const number = Number(line)
          expect(rest.join('\n')).toBe(bodyOf(number).split('\n').slice(1).join('\n'))
          expect(number).toBeGreaterThanOrEqual(acknowledged.get(Key!) ?? 0)
        }
        const present = (Versions ?? []).map((version) => version.Key)
        expect(present).toEqual(expect.arrayContaining([...acknowledged.keys()]))
        const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
        expect(Uploads ?? []).toEqual([])
        expect(await readdir(join(dir, Bucket, 'bodies'))).toHaveLength(present.length)
      })
    }
    expect(acknowledged.size).toBeGreaterThan(0)
  })
})

/** Four writers replace four objects, over and over, until the process is killed after so many answers. */
async function writeUntilKilled(dir: string, acknowledged: Map<string, number>, answers: number): Promise<void> {
  const entry = join(import.meta.dirname, '../support/s3-process.ts')
  const child = spawn(process.execPath, [entry, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const client = clientFor(url, LOCAL_CREDENTIALS)()
  let left = answers
  const write = async (Key: string) => {
    for (let number = (acknowledged.get(Key) ?? 0) + 1; ; number++) {
      const put = client.send(new PutObjectCommand({ Bucket, Key, Body: bodyOf(number) }))
      if (
        !(await put.then(
          () => true,
          () => false,
        ))
      )
        return
      acknowledged.set(Key, number)
      if (--left === 0) child.kill('SIGKILL')
    }
  }
  await Promise.all(['a', 'b', 'c', 'd'].map(write))
  await ended
}

const bodyOf = (number: number) => `${number}\n${String(number).padStart(7, '0').repeat(10_000)}`
