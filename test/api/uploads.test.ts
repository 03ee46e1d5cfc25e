import { afterAll, beforeAll, expect, it } from 'vitest'
import { openUpload } from '#transfers/uploads'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'
import { startTransferBucket } from '../support/transfer-bucket.ts'

const PATH = '/api/v1/ingest/uploads'
const body = { content_type: 'text/csv' }

let database: HunterDatabase
let store: Awaited<ReturnType<typeof startTransferBucket>>
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  store = await startTransferBucket(new TestClock())
  api = createTestApi(database.db, { openTransfers: async () => store.bucket })
  key = await api.key(['write'])
})
afterAll(() => Promise.all([database.close(), store.close()]))

interface Place {
  upload_id: string
  url: string
  fields: Record<string, string>
}

function send({ url, fields }: Place, file: string) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([file]))
  return fetch(url, { method: 'POST', body: form })
}

it('answers a form that takes one list of up to 50 MiB for fifteen minutes, for the key that asked for it', async () => {
  const { status, body: answer } = await api.call('POST', PATH, { key, body })
  const place = answer.data as unknown as Place
  expect([status, place]).toEqual([
    201,
    {
      upload_id: expect.stringMatching(/^[\w-]{30}$/),
      url: expect.stringMatching(/^http:.*\/hunter-transfers$/),
      fields: expect.objectContaining({ 'Content-Type': 'text/csv', policy: expect.any(String) }),
      content_type: 'text/csv',
      bytes_max: 52_428_800,
      expires_at: '2026-11-20T00:15:00.000Z',
    },
  ])
  expect((await send(place, 'domain\nacme.com.tr\n')).status).toBe(204)
  const [keyid = '', other = ''] = [key, await api.key(['write'])].map((text) => text.split('_')[2])
  expect(await openUpload(store.bucket, { id: place.upload_id, keyid })).toMatchObject({ bytes: 19 })
  const foreign = openUpload(store.bucket, { id: place.upload_id, keyid: other })
  await expect(foreign).rejects.toMatchObject({ code: 'UPLOAD_NOT_FOUND' })
})

it('keeps the form of a repeated request encrypted: the database holds no right to upload', async () => {
  const sent = { key, body, headers: { 'Idempotency-Key': 'one' } }
  const [first, second] = [await api.call('POST', PATH, sent), await api.call('POST', PATH, sent)]
  expect([second.text, second.headers.get('Idempotency-Replayed')]).toEqual([first.text, 'true'])
  const { rows } = await database.db.execute('select * from idempotency_keys')
  expect(JSON.stringify(rows)).not.toContain((first.body.data as unknown as Place).fields['x-amz-signature'])
})

it.each([
  [{}, 'content_type', 'must be one of text/csv, '],
  [{ content_type: 'text/html' }, 'content_type', 'must be one of text/csv, '],
  [{ ...body, key: 'exports/x' }, 'key', 'is not a known field'],
])('refuses %j and names the field', async (wrong, field, message) => {
  const { status, body: answer } = await api.call('POST', PATH, { key, body: wrong })
  expect([status, answer.error.details['fields']]).toEqual([
    422,
    [{ field, message: expect.stringContaining(message) }],
  ])
})

it('needs a key that may write', async () => {
  const { status, body: answer } = await api.call('POST', PATH, { key: await api.key(['read']), body })
  expect([status, answer.error.code]).toEqual([403, 'SCOPE_MISSING'])
})
