import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createUploadId, openUpload, signUpload } from '#transfers/uploads'
import type { UploadType } from '#transfers/upload-limits'
import { TestClock } from '../support/test-clock.ts'
import { createSigningBucket, startTransferBucket } from '../support/transfer-bucket.ts'

const MINUTE_MS = 60_000
const KEY = '3kTMd92aXb0Q'
const clock = new TestClock()
let store: Awaited<ReturnType<typeof startTransferBucket>>
beforeAll(async () => {
  store = await startTransferBucket(clock)
})
afterAll(() => store.close())

async function begin(contentType: UploadType = 'text/csv') {
  const id = createUploadId(clock.now(), randomBytes)
  return { id, place: await signUpload(store.bucket, { id, keyid: KEY, contentType }) }
}

function send({ url, fields }: { url: string; fields: Record<string, string> }, file: Blob | string) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([file]), 'liste.csv')
  return fetch(url, { method: 'POST', body: form })
}

const open = (id: string, keyid = KEY) => openUpload(store.bucket, { id, keyid })

async function read(id: string) {
  const { bytes, contentType, stream } = await open(id)
  return { bytes, contentType, text: await text(Readable.from(stream)) }
}

describe('an upload', () => {
  it('is read back by its id: size, type and bytes', async () => {
    const { id, place } = await begin()
    expect(place).toMatchObject({ uploadId: id, bytesMax: 52_428_800, expiresAt: new Date('2026-11-20T00:15:00Z') })
    const list = 'domain\r\nşirket.com.tr\r\n--not-the-end\r\n'
    expect((await send(place, list)).status).toBe(204)
    expect(await read(id)).toEqual({ bytes: Buffer.byteLength(list), contentType: 'text/csv', text: list })
  })

  it('is one file from beginning to end, and with its ETag that file alone, although its form may be sent again', async () => {
    const { id, place } = await begin()
    await send(place, 'first')
    const { etag, stream } = await open(id)
    await send(place, 'second')
    expect(await text(Readable.from(stream))).toBe('first')
    expect((await read(id)).text).toBe('second')
    const first = () => openUpload(store.bucket, { id, keyid: KEY, etag })
    await expect(first()).rejects.toMatchObject({ code: 'UPLOAD_CHANGED', kind: 'conflict' })
    await send(place, 'first')
    expect(await text(Readable.from((await first()).stream))).toBe('first')
  })

  it('may have as many bytes as the limit says', async () => {
    const { id, place } = await begin()
    expect((await send(place, new Blob([Buffer.alloc(place.bytesMax, 'x')]))).status).toBe(204)
    const { bytes, stream } = await open(id)
    let seen = 0
    for await (const piece of stream) seen += piece.length
    expect([bytes, seen]).toEqual([place.bytesMax, place.bytesMax])
  })

  it('is refused with more bytes, with none, with another type or key, and after fifteen minutes', async () => {
    const { id, place } = await begin()
    const code = async (answer: Response) => /<Code>(\w+)/.exec(await answer.text())?.[1]
    const changed = (fields: Record<string, string>) => ({ ...place, fields: { ...place.fields, ...fields } })
    expect(await code(await send(place, new Blob([Buffer.alloc(place.bytesMax + 1)])))).toBe('EntityTooLarge')
    expect(await code(await send(place, ''))).toBe('EntityTooSmall')
    expect(await code(await send(changed({ 'Content-Type': 'text/html' }), 'x'))).toBe('AccessDenied')
    expect(await code(await send(changed({ key: 'exports/x' }), 'x'))).toBe('AccessDenied')
    clock.advanceMs(15 * MINUTE_MS)
    expect(await code(await send(place, 'x'))).toBe('AccessDenied')
    await expect(open(id)).rejects.toMatchObject({ code: 'UPLOAD_EXPIRED' })
  })

  it('does not exist for another key, before its file arrives, or by another name', async () => {
    const { id, place } = await begin()
    await expect(open(id)).rejects.toMatchObject({ code: 'UPLOAD_NOT_FOUND', kind: 'not-found' })
    await send(place, 'x')
    await expect(open(id, 'AnotherKey00')).rejects.toMatchObject({ code: 'UPLOAD_NOT_FOUND' })
    for (const name of ['', '../exports/x', id.slice(1), `${id}0`, `${id.slice(0, 28)}/a`, '\0'.repeat(30)])
      await expect(open(name)).rejects.toMatchObject({ code: 'UPLOAD_NOT_FOUND' })
    expect((await read(id)).text).toBe('x')
  })

  it('is refused when something else has put a file of another type there', async () => {
    const { id, place } = await begin()
    const object = { Bucket: store.bucket.name, Key: place.fields['key'] }
    await store.bucket.s3.send(new PutObjectCommand({ ...object, Body: 'x' }))
    await expect(open(id)).rejects.toMatchObject({ code: 'FILE_FORMAT_UNSUPPORTED' })
  })

  it('has a name that cannot be guessed: 128 random bits of its own', () => {
    const ids = Array.from({ length: 100 }, () => createUploadId(clock.now(), randomBytes))
    expect(new Set(ids.map((id) => id.slice(8))).size).toBe(100)
    expect(new Set(ids.map((id) => id.slice(0, 8))).size).toBe(1)
  })
})

it('is refused by its size before a byte of it is read, wherever the limit of the form did not hold', async () => {
  const huge = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/csv', 'content-length': String(60 * 1024 * 1024) }).flushHeaders()
  }).listen(0, '127.0.0.1')
  await once(huge, 'listening')
  const bucket = createSigningBucket(clock, `http://127.0.0.1:${(huge.address() as AddressInfo).port}`)
  const id = createUploadId(clock.now(), randomBytes)
  await expect(openUpload(bucket, { id, keyid: KEY })).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
  huge.close()
})

it('says that the storage is the reason when the bucket does not answer', async () => {
  const id = createUploadId(clock.now(), randomBytes)
  const { bucket, close } = await startTransferBucket(clock)
  await close()
  await expect(openUpload(bucket, { id, keyid: KEY })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
})
