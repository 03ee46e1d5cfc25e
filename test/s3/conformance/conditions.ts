import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import type { Suite } from './suite.ts'

export function describeConditions(suite: Suite): void {
  const { client, bucket: Bucket, needs } = suite
  const put = (Key: string, Body: string, conditions: { IfNoneMatch?: string; IfMatch?: string } = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...conditions }))

  it('answers a read by its ETag: 304 when it is the same, 412 when it should be and is not', async () => {
    const { ETag } = await put('read', 'body')
    const unchanged = client.send(new GetObjectCommand({ Bucket, Key: 'read', IfNoneMatch: ETag }))
    await expect(unchanged).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } })
    const failed = client.send(new GetObjectCommand({ Bucket, Key: 'read', IfMatch: '"0123"' }))
    await expect(failed).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } })
    const part = { Bucket, Key: 'read', Range: 'bytes=1-2' }
    const changed = client.send(new GetObjectCommand({ ...part, IfMatch: '"0123"' }))
    await expect(changed).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect((await client.send(new GetObjectCommand({ ...part, IfMatch: ETag }))).$metadata.httpStatusCode).toBe(206)
    const matched = await client.send(new GetObjectCommand({ Bucket, Key: 'read', IfMatch: ETag, IfNoneMatch: '"0"' }))
    expect(await matched.Body!.transformToString()).toBe('body')
  })

  it('answers a read by its time', async () => {
    await put('dated', 'body')
    const { LastModified } = await client.send(new HeadObjectCommand({ Bucket, Key: 'dated' }))
    const since = new HeadObjectCommand({ Bucket, Key: 'dated', IfModifiedSince: LastModified })
    await expect(client.send(since)).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } })
    const IfUnmodifiedSince = new Date(LastModified!.getTime() - 60_000)
    const until = new HeadObjectCommand({ Bucket, Key: 'dated', IfUnmodifiedSince })
    await expect(client.send(until)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } })
  })

  it('does not replace an object under If-None-Match: *', async () => {
    await put('once', 'first', { IfNoneMatch: '*' })
    const second = put('once', 'second', { IfNoneMatch: '*' })
    await expect(second).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } })
    expect(await suite.read('once')).toBe('first')
  })

  it('lets exactly one of many writers at once create an object', async () => {
    const bodies = Array.from({ length: 8 }, (_, index) => `writer ${index}`)
    const results = await Promise.allSettled(bodies.map((body) => put('race', body, { IfNoneMatch: '*' })))
    const winners = bodies.filter((_, index) => results[index]!.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    expect(await suite.read('race')).toBe(winners[0])
  })

  needs('if-match-writes')('replaces under If-Match only what the writer has seen', async () => {
    const { ETag } = await put('seen', 'first')
    await put('seen', 'second', { IfMatch: ETag! })
    await expect(put('seen', 'third', { IfMatch: ETag! })).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect(await suite.read('seen')).toBe('second')
    await expect(put('never', 'x', { IfMatch: ETag! })).rejects.toMatchObject({ name: 'NoSuchKey' })
  })
}
