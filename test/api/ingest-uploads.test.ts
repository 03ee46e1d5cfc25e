import { tmpdir } from 'node:os'
import type { SQSEvent } from 'aws-lambda'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { v7 } from 'uuid'
import { QUEUES } from '#deployment/queues'
import { rawLeads } from '#db/tables'
import type { ImportId } from '#ingest/imports/create-import'
import { runUpload } from '#ingest/imports/run-upload'
import { AppError } from '#platform/errors'
import { handleMessages } from '#scans/bulk/handle-messages'
import { createImportScans } from '#scans/bulk/import-scans'
import { openUpload } from '#transfers/uploads'
import { createFakeDns } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { workerDeps } from '../support/scan-deps.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'
import { startTransferBucket } from '../support/transfer-bucket.ts'

let database: HunterDatabase
let store: Awaited<ReturnType<typeof startTransferBucket>>
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  store = await startTransferBucket(new TestClock())
})
afterAll(() => Promise.all([database.close(), store.close()]))
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, raw_leads, imports, scan_jobs, api_keys cascade`)
  api = createTestApi(database.db, { openTransfers: async () => store.bucket })
  key = await api.key(['write'])
})

const LIST = 'domain\nbir.com.tr\n?\niki.com.tr\n'

async function upload(file: string): Promise<string> {
  const { body } = await api.call('POST', '/api/v1/ingest/uploads', { key, body: { content_type: 'text/csv' } })
  const { upload_id: id, url, fields } = body.data as { upload_id: string; url: string; fields: Record<string, string> }
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([file]))
  expect((await fetch(url, { method: 'POST', body: form })).status).toBe(204)
  return id
}

const start = (body: object, query = '') => api.call('POST', `/api/v1/ingest/csv${query}`, { key, body })
const progress = async (id: unknown) => (await api.call('GET', `/api/v1/ingest/${String(id)}`, { key })).body.data

interface Worker {
  receives?: number
  isOver?: () => boolean
  open?: () => Promise<never>
}

/** Delivers the import's message to a worker; answers whether the queue would bring it again. */
async function deliver(importId: unknown, { receives = 1, isOver = () => false, open }: Worker = {}): Promise<boolean> {
  const { clock } = api
  const scans = createImportScans({ db: database.db, clock, queue: api.queue, newId: v7, batchSize: 50 })
  const readUpload = async (name: { id: string; keyid: string }) => (await openUpload(store.bucket, name)).stream
  const deps = { db: database.db, clock, scans, tempDir: tmpdir(), openUpload: open ?? readUpload }
  const worker = workerDeps(database.db, createFakeDns(), {
    runImport: (id, lastTry) => runUpload(deps, { importId: id as ImportId, lastTry, isOver }),
  })
  const attributes = { ApproximateReceiveCount: String(receives) }
  const record = { messageId: 'm', receiptHandle: 'r', body: JSON.stringify({ importId }), attributes }
  const { batchItemFailures } = await handleMessages(worker, { Records: [record] } as unknown as SQSEvent)
  return batchItemFailures.length > 0
}

it('has a worker import an uploaded list, and the import says how far it is', async () => {
  const { status, body } = await start({ upload: await upload(LIST) }, '?scan=true')
  const { id } = body.data
  expect([status, body.data]).toMatchObject([202, { state: 'queued', recognised: null, rows: 0, refusals: [] }])
  expect([api.queue.imports, await database.db.select().from(rawLeads)]).toEqual([[id], []])
  expect(await deliver(id)).toBe(false)
  expect(await progress(id)).toMatchObject({
    state: 'done',
    rows: 3,
    accepted: 2,
    scan: { requested: true, jobs: [expect.any(String)] },
    refusals: [{ line: 3, value: '?' }],
  })
  expect(await deliver(id)).toBe(false) // a message that comes twice changes nothing
  expect(await database.db.select().from(rawLeads)).toHaveLength(3)
})

it('hands a list of more than 5,000 rows in a request to a worker, which goes on where its time was over', async () => {
  const rows = Array.from({ length: 5_600 }, (_, n) => `f${n % 100}.com.tr`)
  const { body } = await start({ csv: `domain\n${rows.join('\n')}\n` })
  expect(body.data).toMatchObject({ state: 'queued', rows: 0 })
  const { id } = body.data
  let chunks = 0
  expect(await deliver(id, { isOver: () => (chunks += 1) === 6 })).toBe(true)
  expect(await progress(id)).toMatchObject({ state: 'running', rows: 3_000, rows_total: 5_601, duplicates: null })
  expect(await deliver(id, { receives: 2 })).toBe(false)
  expect(await progress(id)).toMatchObject({
    state: 'done',
    rows: 5_600,
    accepted: 5_600,
    created: 100,
    duplicates: 5_500,
  })
  expect(await database.db.select().from(rawLeads)).toHaveLength(5_600)
})

it('tries again while the storage does not answer, and says so once the queue gives up', async () => {
  const { body } = await start({ upload: await upload(LIST) })
  const open = () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'no answer'))
  expect(await deliver(body.data['id'], { open })).toBe(true)
  expect(await progress(body.data['id'])).toMatchObject({ state: 'queued', problem: null })
  expect(await deliver(body.data['id'], { open, receives: QUEUES.scans.tries })).toBe(false)
  expect(await progress(body.data['id'])).toMatchObject({ state: 'failed', problem: { code: 'STORAGE_UNAVAILABLE' } })
})

it('ends as failed, with the reason, when the uploaded file is no list', async () => {
  const { body } = await start({ upload: await upload('ad;telefon\nBir;1\n') })
  expect(await deliver(body.data['id'])).toBe(false)
  expect(await progress(body.data['id'])).toMatchObject({
    state: 'failed',
    rows: 0,
    problem: { code: 'CSV_INVALID', remedy: expect.stringContaining('header row') },
  })
})

it.each([
  ['an upload whose file has not arrived', async () => ({ upload: await place() }), '', 404, 'UPLOAD_NOT_FOUND'],
  ['an id that is none', async () => ({ upload: '../x' }), '', 404, 'UPLOAD_NOT_FOUND'],
  ['a list and an upload at once', async () => ({ upload: 'x', csv: LIST }), '', 422, 'VALIDATION_FAILED'],
  ['neither', async () => ({}), '', 422, 'VALIDATION_FAILED'],
  ['a dry run of an upload', async () => ({ upload: await upload(LIST) }), '?dry_run=true', 422, 'VALIDATION_FAILED'],
])('refuses %s, and keeps nothing', async (_, body, query, status, code) => {
  const answer = await start(await body(), query)
  expect([answer.status, answer.body.error.code]).toEqual([status, code])
  expect([api.queue.imports, await database.db.execute(sql`select from imports`)]).toMatchObject([[], { rows: [] }])
})

it("refuses another key's upload as if there were none", async () => {
  const id = await upload(LIST)
  key = await api.key(['write'])
  expect((await start({ upload: id })).body.error.code).toBe('UPLOAD_NOT_FOUND')
})

it('queues the import again when the queue did not take it, by the same request', async () => {
  const body = { upload: await upload(LIST) }
  const sent = { key, body, headers: { 'Idempotency-Key': 'one' } }
  const down = createTestApi(database.db, {
    openTransfers: async () => store.bucket,
    queue: { ...api.queue, sendImport: () => Promise.reject(new Error('no queue')) },
  })
  const refused = await down.call('POST', '/api/v1/ingest/csv', sent)
  expect([refused.status, refused.body.error.code]).toEqual([503, 'QUEUE_UNAVAILABLE'])
  const again = await api.call('POST', '/api/v1/ingest/csv', sent)
  expect(api.queue.imports).toEqual([again.body.data['id']])
  expect((await database.db.execute(sql`select from imports`)).rows).toHaveLength(1)
})

async function place(): Promise<string> {
  const { body } = await api.call('POST', '/api/v1/ingest/uploads', { key, body: { content_type: 'text/csv' } })
  return String(body.data['upload_id'])
}
