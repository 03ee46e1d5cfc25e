import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { expect, it } from 'vitest'
import { noise, sha256, type Suite } from './suite.ts'

const MIB = 1024 * 1024

export function describeMultipart(suite: Suite): void {
  const { client, bucket: Bucket, needs } = suite
  const begin = async (Key: string) => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    return { Key, UploadId: UploadId! }
  }
  type Begun = Awaited<ReturnType<typeof begin>>
  const send = async (begun: Begun, PartNumber: number, Body: Uint8Array | string) => {
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, ...begun, PartNumber, Body }))
    return { PartNumber, ETag: ETag! }
  }
  const complete = (
    begun: Begun,
    Parts: { PartNumber: number; ETag: string }[],
    extra: { IfNoneMatch?: string } = {},
  ) => client.send(new CompleteMultipartUploadCommand({ Bucket, ...begun, MultipartUpload: { Parts }, ...extra }))
  const readBytes = async (Key: string, Range?: string) => {
    const got = await client.send(new GetObjectCommand({ Bucket, Key, ...(Range ? { Range } : {}) }))
    return Buffer.from(await got.Body!.transformToByteArray())
  }
  const openUploads = async (Prefix: string) => {
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix }))
    return (Uploads ?? []).map((upload) => upload.UploadId)
  }

  it('takes a long stream through lib-storage and gives back the same bytes and facts', async () => {
    const body = noise(12 * MIB + 12_345)
    const upload = new Upload({
      client,
      params: {
        Bucket,
        Key: 'long',
        Body: Readable.from(unevenSlices(body)),
        ContentType: 'application/gzip',
        Metadata: { kind: 'dump' },
      },
    })
    const done = await upload.done()
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'long' }))
    expect(sha256(await got.Body!.transformToByteArray())).toBe(sha256(body))
    expect(got).toMatchObject({
      ContentType: 'application/gzip',
      ContentLength: body.length,
      Metadata: { kind: 'dump' },
    })
    expect(got.ETag).toMatch(/^"[0-9a-f]{32}-3"$/)
    expect(done.Bucket).toBe(Bucket)
    // Across the border of two parts.
    const range = await readBytes('long', `bytes=${5 * MIB - 10}-${5 * MIB + 9}`)
    expect(range.equals(body.subarray(5 * MIB - 10, 5 * MIB + 10))).toBe(true)
    expect(await openUploads('long')).toEqual([])
  })

  it('shows nothing before it is completed', async () => {
    const begun = await begin('hidden')
    const part = await send(begun, 1, 'only part')
    await expect(suite.read('hidden')).rejects.toMatchObject({ name: 'NoSuchKey' })
    expect(await openUploads('hidden')).toEqual([begun.UploadId])
    await complete(begun, [part])
    expect(await suite.read('hidden')).toBe('only part')
    expect(await openUploads('hidden')).toEqual([])
  })

  it('lists the parts, the last one sent under each number', async () => {
    const begun = await begin('listed')
    await send(begun, 2, 'two')
    await send(begun, 1, 'replaced')
    await send(begun, 1, 'one')
    const { Parts } = await client.send(new ListPartsCommand({ Bucket, ...begun }))
    expect(Parts!.map((part) => [part.PartNumber, part.Size])).toEqual([
      [1, 3],
      [2, 3],
    ])
    const first = await client.send(new ListPartsCommand({ Bucket, ...begun, MaxParts: 1 }))
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '1' })
    const PartNumberMarker = first.NextPartNumberMarker
    const second = await client.send(new ListPartsCommand({ Bucket, ...begun, MaxParts: 1, PartNumberMarker }))
    expect(second.Parts!.map((part) => part.PartNumber)).toEqual([2])
  })

  needs('parts-left-out')('leaves out the parts that a completion does not name', async () => {
    const begun = await begin('chosen')
    const one = await send(begun, 1, 'one')
    await send(begun, 2, 'two')
    await complete(begun, [one])
    expect(await suite.read('chosen')).toBe('one')
  })

  it('forgets an upload that lib-storage aborts', async () => {
    async function* endless() {
      for (;;) {
        yield noise(MIB)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const upload = new Upload({
      client,
      params: { Bucket, Key: 'aborted', Body: Readable.from(endless()) },
      queueSize: 1,
    })
    const sentPart = new Promise<void>((resolve) => upload.on('httpUploadProgress', () => resolve()))
    const done = upload.done()
    void sentPart.then(() => upload.abort())
    await expect(done).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => openUploads('aborted')).toEqual([])
    await expect(suite.read('aborted')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  needs('multipart-codes')('takes nothing more after an abort', async () => {
    const begun = await begin('ended')
    const part = await send(begun, 1, 'x')
    await client.send(new AbortMultipartUploadCommand({ Bucket, ...begun }))
    await expect(send(begun, 2, 'y')).rejects.toMatchObject({ name: 'NoSuchUpload' })
    await expect(complete(begun, [part])).rejects.toMatchObject({ name: 'NoSuchUpload' })
  })

  needs('multipart-codes')('completes only with the parts that it has, in order, and large enough', async () => {
    const begun = await begin('checked')
    const one = await send(begun, 1, 'too small to come first')
    const two = await send(begun, 2, 'last')
    await expect(complete(begun, [one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' })
    await expect(complete(begun, [two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' })
    await expect(complete(begun, [{ ...one, ETag: two.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' })
    await expect(complete(begun, [{ ...one, PartNumber: 7 }])).rejects.toMatchObject({ name: 'InvalidPart' })
    await expect(suite.read('checked')).rejects.toMatchObject({ name: 'NoSuchKey' })
    await complete(begun, [two])
    expect(await suite.read('checked')).toBe('last')
  })

  needs('checksums')('wants the checksum of each part when the upload began with one', async () => {
    const Key = 'summed'
    const ChecksumAlgorithm = 'SHA256' as const
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm }))
    const begun = { Key, UploadId: UploadId! }
    const input = { Bucket, ...begun, PartNumber: 1, Body: 'body', ChecksumAlgorithm }
    const { ETag, ChecksumSHA256 } = await client.send(new UploadPartCommand(input))
    await expect(complete(begun, [{ PartNumber: 1, ETag: ETag! }])).rejects.toMatchObject({ name: 'InvalidRequest' })
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumSHA256 }] }
    const done = await client.send(new CompleteMultipartUploadCommand({ Bucket, ...begun, MultipartUpload }))
    const partSum = Buffer.from(sha256(Buffer.from('body')), 'hex')
    expect(done.ChecksumSHA256).toBe(`${Buffer.from(sha256(partSum), 'hex').toString('base64')}-1`)
  })

  needs('checksums')('computes one checksum over all parts where that is asked for', async () => {
    const Key = 'whole'
    const options = { ChecksumAlgorithm: 'CRC64NVME' as const }
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ...options, ChecksumType: 'FULL_OBJECT' }),
    )
    const part = { Bucket, Key, UploadId, ...options }
    const big = noise(5 * MIB)
    const one = await client.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: big }))
    const two = await client.send(new UploadPartCommand({ ...part, PartNumber: 2, Body: 'tail' }))
    const Parts = [one, two].map(({ ETag, ChecksumCRC64NVME }, index) => ({
      PartNumber: index + 1,
      ETag,
      ChecksumCRC64NVME,
    }))
    const done = await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    )
    const single = await client.send(
      new PutObjectCommand({ Bucket, Key: 'single', Body: Buffer.concat([big, Buffer.from('tail')]), ...options }),
    )
    expect(done.ChecksumCRC64NVME).toBe(single.ChecksumCRC64NVME)
    // The client compares the bytes with that checksum while it reads.
    expect((await readBytes(Key)).length).toBe(5 * MIB + 4)
  })

  needs('checksums')('refuses a part whose checksum is wrong', async () => {
    const begun = await begin('bad-part')
    const input = { Bucket, ...begun, PartNumber: 1, Body: 'body', ChecksumCRC32: 'AAAAAA==' }
    await expect(client.send(new UploadPartCommand(input))).rejects.toMatchObject({ name: 'BadDigest' })
    expect((await client.send(new ListPartsCommand({ Bucket, ...begun }))).Parts ?? []).toEqual([])
  })

  needs('conditional-completes')(
    'does not replace an object under If-None-Match: *, and can still be aborted',
    async () => {
      const begun = await begin('once')
      const part = await send(begun, 1, 'late')
      await client.send(new PutObjectCommand({ Bucket, Key: 'once', Body: 'early' }))
      const completed = complete(begun, [part], { IfNoneMatch: '*' })
      await expect(completed).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } })
      expect(await suite.read('once')).toBe('early')
      await client.send(new AbortMultipartUploadCommand({ Bucket, ...begun }))
    },
  )

  it('copies ranges of another object as parts', async () => {
    const body = noise(6 * MIB)
    await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: body }))
    const begun = await begin('assembled')
    const copyPart = async (PartNumber: number, CopySourceRange: string) => {
      const input = { Bucket, ...begun, PartNumber, CopySource: `${Bucket}/source`, CopySourceRange }
      const { CopyPartResult } = await client.send(new UploadPartCopyCommand(input))
      return { PartNumber, ETag: CopyPartResult!.ETag! }
    }
    const one = await copyPart(1, `bytes=0-${5 * MIB - 1}`)
    const two = await copyPart(2, `bytes=${5 * MIB}-${6 * MIB - 1}`)
    await complete(begun, [one, two])
    expect(sha256(await readBytes('assembled'))).toBe(sha256(body))
  })
}

function* unevenSlices(bytes: Buffer): Generator<Buffer> {
  let at = 0
  for (let step = 1; at < bytes.length; step = (step * 31 + 7) % 300_000) {
    yield bytes.subarray(at, at + step + 1)
    at += step + 1
  }
}
