import { randomBytes } from 'node:crypto'
import { UploadPartCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { computePartBytes, startUpload } from '#platform/multipart-upload'
import { BUCKET, startTestStore, type TestStore } from '../support/backup-store.ts'
import { TestClock } from '../support/test-clock.ts'
import { readAll } from '../backups/fixtures.ts'

const MIB = 1024 * 1024
const PARTS_MAX = 10_000
const OBJECT_BYTES_MAX = 5 * 1024 ** 4

let storage: TestStore
beforeAll(async () => {
  storage = await startTestStore(new TestClock())
})
afterAll(() => storage.close())

test('parts are never too small, and never too many for the largest object that S3 accepts', () => {
  let parts = 0
  let bytes = 0
  while (bytes < OBJECT_BYTES_MAX) {
    parts += 1
    const size = computePartBytes(parts)
    expect(size).toBeGreaterThanOrEqual(5 * MIB)
    expect(size).toBeLessThanOrEqual(5 * 1024 * MIB) // S3's limits for a part
    bytes += size
  }
  expect(parts).toBeLessThanOrEqual(PARTS_MAX)
})

test('parts stay small enough for a function with little memory', () => {
  let bytes = 0
  for (let part = 1; computePartBytes(part) <= 16 * MIB; part += 1) bytes += computePartBytes(part)
  expect(bytes).toBe((4_000 * 8 + 3_000 * 16) * MIB)
})

test('joins the chunks in their order, whatever their sizes', async () => {
  const chunks = [3 * MIB, 1, 9 * MIB, 0, 7 * MIB, 12 * MIB].map((size) => randomBytes(size))
  const upload = await storage.store.startUpload('order', 'application/octet-stream')
  for (const chunk of chunks) await upload.write(chunk)
  const { versionId } = await upload.complete()
  expect((await readAll(storage.store, { key: 'order', versionId })).equals(Buffer.concat(chunks))).toBe(true)
  const middle = await storage.store.read({ key: 'order' }, { start: MIB, end: MIB + 10 })
  for await (const bytes of middle) expect(bytes).toEqual(Buffer.concat(chunks).subarray(MIB, MIB + 10))
})

test('an upload without data is an empty object', async () => {
  const upload = await storage.store.startUpload('empty', 'application/octet-stream')
  await upload.complete()
  expect(await readAll(storage.store, { key: 'empty' })).toHaveLength(0)
})

test('a failed part fails the upload, and the abort removes the others', async () => {
  const send = storage.s3.send.bind(storage.s3) as (command: unknown) => Promise<unknown>
  const failing = {
    send: (command: unknown) =>
      command instanceof UploadPartCommand && command.input.PartNumber === 2
        ? Promise.reject(new Error('no room'))
        : send(command),
  }
  const upload = await startUpload(
    { s3: failing as never, bucket: BUCKET },
    { key: 'failing', contentType: 'text/plain' },
  )
  const writing = async () => {
    for (let part = 1; part <= 5; part += 1) await upload.write(Buffer.alloc(8 * MIB))
    await upload.complete()
  }
  await expect(writing()).rejects.toThrow('no room')
  expect(await storage.openUploads()).toEqual(['failing'])
  await upload.abort()
  expect(await storage.openUploads()).toEqual([])
})
