import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { beforeAll, expect, it } from 'vitest'
import type { Suite } from './suite.ts'

const KEYS = ['a', 'b/1', 'b/2', 'b/c/3', 'b/d/4', 'c/5', 'd', 'e/6', 'z']

export function describeListing(suite: Suite): void {
  const { client, bucket: Bucket } = suite

  beforeAll(async () => {
    for (const Key of KEYS) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
  })

  it('lists every key in order, with size and ETag', async () => {
    const page = await client.send(new ListObjectsV2Command({ Bucket }))
    expect(page.Contents!.map((entry) => entry.Key)).toEqual(KEYS)
    expect(page).toMatchObject({ KeyCount: KEYS.length, IsTruncated: false })
    expect(page.Contents![1]).toMatchObject({ Size: 3, ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/) })
  })

  it('rolls up keys behind a delimiter', async () => {
    const top = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))
    expect(top.Contents!.map((entry) => entry.Key)).toEqual(['a', 'd', 'z'])
    expect(top.CommonPrefixes!.map((entry) => entry.Prefix)).toEqual(['b/', 'c/', 'e/'])
    expect(top.KeyCount).toBe(6)
    const below = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', Prefix: 'b/' }))
    expect(below.Contents!.map((entry) => entry.Key)).toEqual(['b/1', 'b/2'])
    expect(below.CommonPrefixes!.map((entry) => entry.Prefix)).toEqual(['b/c/', 'b/d/'])
  })

  it.each([1, 2, 4, 100])('gives each key once in pages of %i', async (pageSize) => {
    const keys: string[] = []
    for await (const page of paginateListObjectsV2({ client, pageSize }, { Bucket })) {
      expect(page.Contents!.length).toBeLessThanOrEqual(pageSize)
      keys.push(...page.Contents!.map((entry) => entry.Key!))
    }
    expect(keys).toEqual(KEYS)
  })

  it.each([1, 2, 3])('gives each common prefix once in pages of %i', async (pageSize) => {
    const names: string[] = []
    for await (const page of paginateListObjectsV2({ client, pageSize }, { Bucket, Delimiter: '/' })) {
      names.push(...(page.Contents ?? []).map((entry) => entry.Key!))
      names.push(...(page.CommonPrefixes ?? []).map((entry) => entry.Prefix!))
    }
    expect(names.sort()).toEqual(['a', 'b/', 'c/', 'd', 'e/', 'z'])
  })

  it('starts after a key, whether it exists or not', async () => {
    const after = async (StartAfter: string) => {
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, StartAfter }))
      return (Contents ?? []).map((entry) => entry.Key)
    }
    expect(await after('d')).toEqual(['e/6', 'z'])
    expect(await after('dd')).toEqual(['e/6', 'z'])
    expect(await after('zz')).toEqual([])
  })

  it('lists nothing under a prefix that no key has', async () => {
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'nothing/' }))
    expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false })
  })

  it('orders by the bytes of UTF-8', async () => {
    const own = await suite.makeBucket()
    // U+FF5E is above the surrogates in UTF-16, but comes before the emoji in UTF-8.
    const sorted = ['Z', 'a', 'é', '～', '😀']
    for (const Key of sorted.toReversed()) await client.send(new PutObjectCommand({ Bucket: own, Key, Body: '' }))
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: own }))
    expect(Contents!.map((entry) => entry.Key)).toEqual(sorted)
  })

  it('lists uploads in pages, several of one key among them', async () => {
    const own = await suite.makeBucket()
    const started: string[] = []
    for (const Key of ['u/1', 'u/2', 'u/2', 'v']) {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: own, Key }))
      started.push(UploadId!)
    }
    const found: string[] = []
    let markers: { KeyMarker?: string; UploadIdMarker?: string } = {}
    for (;;) {
      const input = { Bucket: own, Prefix: 'u/', MaxUploads: 1, ...markers }
      const page = await client.send(new ListMultipartUploadsCommand(input))
      found.push(...(page.Uploads ?? []).map((upload) => upload.UploadId!))
      if (!page.IsTruncated) break
      markers = { KeyMarker: page.NextKeyMarker!, UploadIdMarker: page.NextUploadIdMarker! }
    }
    expect(found.sort()).toEqual(started.slice(0, 3).sort())
  })
}
