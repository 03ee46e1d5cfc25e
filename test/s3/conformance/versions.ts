import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3'
import { beforeAll, expect, it } from 'vitest'
import type { Suite } from './suite.ts'

export function describeVersions(suite: Suite): void {
  const { client, bucket: Bucket, needs } = suite
  const put = async (Key: string, Body: string) => {
    const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key, Body }))
    return VersionId!
  }
  const setVersioning = (Name: string, Status: 'Enabled' | 'Suspended') =>
    client.send(new PutBucketVersioningCommand({ Bucket: Name, VersioningConfiguration: { Status } }))

  beforeAll(async () => {
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined()
    await setVersioning(Bucket, 'Enabled')
  })

  it('keeps every version and reads each by its id', async () => {
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled')
    const first = await put('kept', 'first')
    const second = await put('kept', 'second')
    expect(first).not.toBe(second)
    expect(await suite.read('kept')).toBe('second')
    expect(await suite.read('kept', first)).toBe('first')
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'kept', VersionId: first }))
    expect(head).toMatchObject({ VersionId: first, ContentLength: 5 })
    await expect(suite.read('kept', 'a'.repeat(32))).rejects.toMatchObject({ $fault: 'client' })
  })

  it('hides a deleted object behind a marker, whose removal brings it back', async () => {
    const version = await put('hidden', 'body')
    const deleted = await client.send(new DeleteObjectCommand({ Bucket, Key: 'hidden' }))
    expect(deleted).toMatchObject({ DeleteMarker: true })
    await expect(suite.read('hidden')).rejects.toMatchObject({ name: 'NoSuchKey' })
    const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'hidden' }))
    expect(listed.KeyCount).toBe(0)
    expect(await suite.read('hidden', version)).toBe('body')
    const VersionId = deleted.VersionId
    const removed = await client.send(new DeleteObjectCommand({ Bucket, Key: 'hidden', VersionId }))
    expect(removed).toMatchObject({ DeleteMarker: true, VersionId })
    expect(await suite.read('hidden')).toBe('body')
  })

  needs('delete-marker-405')('reads no delete marker by its id', async () => {
    await put('marker', 'body')
    const { VersionId } = await client.send(new DeleteObjectCommand({ Bucket, Key: 'marker' }))
    const get = client.send(new GetObjectCommand({ Bucket, Key: 'marker', VersionId }))
    await expect(get).rejects.toMatchObject({ name: 'MethodNotAllowed', $metadata: { httpStatusCode: 405 } })
  })

  it('removes one version for ever, and the one before it becomes current', async () => {
    const first = await put('erased', 'first')
    const second = await put('erased', 'second')
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'erased', VersionId: second }))
    expect(await suite.read('erased')).toBe('first')
    const Objects = [{ Key: 'erased', VersionId: first }]
    const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(Deleted).toMatchObject(Objects)
    await expect(suite.read('erased')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  it('lists versions and markers, newest first, in pages', async () => {
    const first = await put('list/a', '1')
    const second = await put('list/a', '22')
    const { VersionId: marker } = await client.send(new DeleteObjectCommand({ Bucket, Key: 'list/a' }))
    const other = await put('list/b', '333')
    const all = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'list/' }))
    expect(all.Versions!.map((entry) => [entry.VersionId, entry.IsLatest, entry.Size])).toEqual([
      [second, false, 2],
      [first, false, 1],
      [other, true, 3],
    ])
    expect(all.DeleteMarkers!.map((entry) => [entry.VersionId, entry.IsLatest])).toEqual([[marker, true]])
    expect(await pagedVersions('list/', 1)).toEqual([marker, second, first, other])
    expect(new Set(await pagedVersions('list/', 3))).toEqual(new Set([marker, second, first, other]))
  })

  needs('erasing-in-pages')('can be erased page after page', async () => {
    for (const body of ['1', '2', '3']) await put('emptied/a', body)
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'emptied/a' }))
    await put('emptied/b', '4')
    for (let markers = {}; ;) {
      const input = { Bucket, Prefix: 'emptied/', MaxKeys: 2, ...markers }
      const page = await client.send(new ListObjectVersionsCommand(input))
      for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
        await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))
      }
      if (!page.IsTruncated) break
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    }
    const left = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'emptied/' }))
    expect([left.Versions ?? [], left.DeleteMarkers ?? []]).toEqual([[], []])
  })

  it('tags one version and not the others', async () => {
    const first = await put('tagged', 'first')
    const second = await put('tagged', 'second')
    const TagSet = [{ Key: 'expire', Value: 'daily' }]
    const input = { Bucket, Key: 'tagged', VersionId: first }
    await client.send(new PutObjectTaggingCommand({ ...input, Tagging: { TagSet } }))
    expect((await client.send(new GetObjectTaggingCommand(input))).TagSet).toEqual(TagSet)
    const newest = await client.send(new GetObjectTaggingCommand({ ...input, VersionId: second }))
    expect(newest.TagSet).toEqual([])
    expect(await suite.read('tagged', first)).toBe('first')
    expect(await suite.read('tagged')).toBe('second')
  })

  it('brings an old version back by a copy', async () => {
    const first = await put('back', 'first')
    await put('back', 'second')
    await client.send(new CopyObjectCommand({ Bucket, Key: 'back', CopySource: `${Bucket}/back?versionId=${first}` }))
    expect(await suite.read('back')).toBe('first')
  })

  it('calls what was there before "null", and replaces only that while suspended', async () => {
    const own = await suite.makeBucket()
    const inOwn = { Bucket: own, Key: 'k' }
    const ids = async () => {
      const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: own }))
      return Versions!.map((entry) => entry.VersionId)
    }
    await client.send(new PutObjectCommand({ ...inOwn, Body: 'before' }))
    await setVersioning(own, 'Enabled')
    const { VersionId } = await client.send(new PutObjectCommand({ ...inOwn, Body: 'during' }))
    expect(await ids()).toEqual([VersionId, 'null'])
    await setVersioning(own, 'Suspended')
    await client.send(new PutObjectCommand({ ...inOwn, Body: 'after' }))
    expect(await ids()).toEqual(['null', VersionId])
    const current = await client.send(new GetObjectCommand(inOwn))
    expect(await current.Body!.transformToString()).toBe('after')
    const kept = await client.send(new GetObjectCommand({ ...inOwn, VersionId }))
    expect(await kept.Body!.transformToString()).toBe('during')
  })

  /** Ids of all pages. Within a page the client parts markers from versions, so there the order is lost. */
  async function pagedVersions(Prefix: string, MaxKeys: number): Promise<(string | undefined)[]> {
    const found: (string | undefined)[] = []
    let markers: { KeyMarker?: string; VersionIdMarker?: string } = {}
    for (;;) {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix, MaxKeys, ...markers }))
      const entries = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]
      expect(entries.length).toBeLessThanOrEqual(MaxKeys)
      found.push(...entries.map((entry) => entry.VersionId))
      if (!page.IsTruncated) return found
      markers = {
        KeyMarker: page.NextKeyMarker!,
        ...(page.NextVersionIdMarker ? { VersionIdMarker: page.NextVersionIdMarker } : {}),
      }
    }
  }
}
