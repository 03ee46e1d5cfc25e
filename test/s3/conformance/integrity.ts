import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import {
  type ChecksumAlgorithm,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { noise, sha256, type Suite } from './suite.ts'

const ALGORITHMS: ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']
/** Checksums of "123456789", from the catalogues of these algorithms. */
const KNOWN_SUMS: Record<string, string> = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
}

export function describeIntegrity(suite: Suite): void {
  const { client, bucket: Bucket, needs, target } = suite

  for (const algorithm of ALGORITHMS) {
    const field = `Checksum${algorithm}` as const

    needs('checksums')(`checks a ${algorithm} and gives it back`, async () => {
      const Key = `sum/${algorithm}`
      const value = Buffer.from(KNOWN_SUMS[algorithm]!, 'hex').toString('base64')
      await client.send(new PutObjectCommand({ Bucket, Key, Body: '123456789', [field]: value }))
      const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
      expect(head[field]).toBe(value)
      expect(head.ChecksumType).toBe('FULL_OBJECT')
      expect(await suite.read(Key)).toBe('123456789')
    })

    needs('checksums')(`refuses a body whose ${algorithm} is wrong, and stores nothing`, async () => {
      const Key = `wrong/${algorithm}`
      const value = Buffer.from(KNOWN_SUMS[algorithm]!, 'hex').toString('base64')
      const put = client.send(new PutObjectCommand({ Bucket, Key, Body: '12345678x', [field]: value }))
      await expect(put).rejects.toMatchObject({ name: 'BadDigest', $metadata: { httpStatusCode: 400 } })
      await expect(suite.read(Key)).rejects.toMatchObject({ name: 'NoSuchKey' })
    })

    needs('checksum-trailers')(`takes a stream that ends with its ${algorithm}`, async () => {
      const Key = `trailer/${algorithm}`
      const Body = noise(70_000)
      const input = { Bucket, Key, Body: Readable.from([Body]), ContentLength: Body.length }
      await client.send(new PutObjectCommand({ ...input, ChecksumAlgorithm: algorithm }))
      const got = await client.send(new GetObjectCommand({ Bucket, Key }))
      expect(sha256(await got.Body!.transformToByteArray())).toBe(sha256(Body))
    })
  }

  needs('checksum-trailers')(
    'refuses a stream whose trailing checksum is wrong, and keeps the object before it',
    async () => {
      await client.send(new PutObjectCommand({ Bucket, Key: 'trailer', Body: 'before' }))
      const lying = target.connect({ streamHasher: async () => Buffer.from('beef') })
      const Body = Readable.from([noise(20_000)])
      const put = lying.send(new PutObjectCommand({ Bucket, Key: 'trailer', Body, ContentLength: 20_000 }))
      await expect(put).rejects.toMatchObject({ name: 'BadDigest' })
      expect(await suite.read('trailer')).toBe('before')
    },
  )

  it('refuses a wrong Content-MD5', async () => {
    const ContentMD5 = createHash('md5').update('other').digest('base64')
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'md5', Body: 'body', ContentMD5 }))
    await expect(put).rejects.toMatchObject({ name: 'BadDigest' })
    await expect(suite.read('md5')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  needs('checksums')('refuses a checksum that is not one', async () => {
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'odd', Body: 'body', ChecksumCRC32: 'AAAA' }))
    await expect(put).rejects.toMatchObject({ name: 'InvalidRequest' })
  })

  needs('checksums')('gives no checksum with a range, since it covers the whole', async () => {
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32('abcdef'))
    const input: PutObjectCommandInput = {
      Bucket,
      Key: 'ranged',
      Body: 'abcdef',
      ChecksumCRC32: sum.toString('base64'),
    }
    await client.send(new PutObjectCommand(input))
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range: 'bytes=1-2' }))
    expect(got.ChecksumCRC32).toBeUndefined()
    expect(await got.Body!.transformToString()).toBe('bc')
  })

  it('refuses a wrong secret, an unknown key and a request without a signature', async () => {
    const wrongSecret = target.connect()
    const { accessKeyId } = await wrongSecret.config.credentials()
    const withSecret = target.connect({ credentials: { accessKeyId, secretAccessKey: 'not-the-secret' } })
    await expect(withSecret.send(new GetObjectCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    })
    const withKey = target.connect({ credentials: { accessKeyId: 'nobody', secretAccessKey: 'x' } })
    await expect(withKey.send(new GetObjectCommand({ Bucket, Key: 'a' }))).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    })
    await client.send(new PutObjectCommand({ Bucket, Key: 'private', Body: 'secret' }))
    const unsigned = await fetch(`${target.endpoint}/${Bucket}/private`)
    expect(unsigned.status).toBe(403)
    expect(await unsigned.text()).not.toContain('secret')
  })
}
