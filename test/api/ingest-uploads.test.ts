import { tmpdir } from 'node:os'
import type { SQSEvent } from 'aws-lambda'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { v7 } from 'uuid'
import { QUEUES } from '#deployment/queues'
import { imports, rawLeads } from '#db/tables'
import { createImport, type ImportId } from '#ingest/imports/create-import'
import { runUpload } from '#ingest/imports/run-upload'
import { AppError } from '#platform/errors'
import { handleMessages } from '#scans/bulk/handle-messages'
import { createImportScans } from '#scans/bulk/import-scans'
import { LOST_AFTER_MS } from '#scans/bulk/retry-job'
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

/** Sends a file by the form of the newest upload. */
let sendAgain: (file: string) => Promise<void>

async function upload(file: string): Promise<string> {
  const { body } = await api.call('POST', '/api/v1/ingest/uploads', { key, body: { content_type: 'text/csv' } })
  const { upload_id: id, url, fields } = body.data as { upload_id: string; url: string; fields: Record<string, string> }
  sendAgain = async (file) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', new Blob([file]))
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(204)
  }
  await sendAgain(file)
  return id
}

const start = (body: object, query = '') => api.call('POST', `/api/v1/ingest/csv${query}`, { key, body })
const progress = async (id: unknown) => (await api.call('GET', `/api/v1/ingest/${String(id)}`, { key })).body.data

interface Worker {
  receives?: number
  isOver?: () => boolean
  open?: () => Promise<AsyncIterable<Uint8Array>>
}

/** Delivers the import's message to a worker; answers whether the queue would bring it again. */
async function deliver(importId: unknown, { receives = 1, isOver = () => false, open }: Worker = {}): Promise<boolean> {
  const { clock } = api
  const scans = createImportScans({ db: database.db, clock, queue: api.queue, newId: v7, batchSize: 50 })
  const readUpload = async (name: Parameters<typeof openUpload>[1]) => (await openUpload(store.bucket, name)).stream
  const deps = {
    db: database.db,
    clock,
    scans,
    tempDir: tmpdir(),
    openUpload: open ?? readUpload,
    queueImport: ({ importId }: { importId: ImportId }) => api.queue.sendImport({ importId, group: 'key' }),
  }
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

it('hands a list of more than 5,000 rows in a request to a worker, which hands the rest over when its time is over', async () => {
  const rows = Array.from({ length: 5_600 }, (_, n) => `f${n % 100}.com.tr`)
  const { body } = await start({ csv: `domain\n${rows.join('\n')}\n` })
  expect(body.data).toMatchObject({ state: 'queued', rows: 0 })
  const { id } = body.data
  let chunks = 0
  expect(await deliver(id, { isOver: () => (chunks += 1) === 6 })).toBe(false)
  expect(await progress(id)).toMatchObject({ state: 'running', rows: 3_000, rows_total: 5_601, duplicates: null })
  expect(api.queue.imports).toEqual([id, id])
  expect(await deliver(id)).toBe(false)
  expect(await progress(id)).toMatchObject({
    state: 'done',
    rows: 5_600,
    accepted: 5_600,
    created: 100,
    duplicates: 5_500,
  })
  expect(await database.db.select().from(rawLeads)).toHaveLength(5_600)
})

/** Receives that each message has left. */
const RECEIVES = 3

/** Delivers each message as SQS does, until the queue is empty; answers how many runs there were, and the dead letters. */
async function workOff(id: unknown, worker: Worker) {
  const dead: unknown[] = []
  let runs = 0
  for (const message of api.queue.imports) {
    let receives = QUEUES.scans.tries - RECEIVES
    let comesBack = true
    while (comesBack && receives < QUEUES.scans.tries) {
      receives += 1
      runs += 1
      comesBack = await deliver(message, { ...worker, receives })
    }
    if (comesBack) dead.push(message)
  }
  return { runs, dead, ...(await progress(id)) }
}

it('completes an import of more runs than a message has receives, since a run that stored rows starts a new message', async () => {
  const rows = Array.from({ length: 5 * 500 }, (_, n) => `f${n % 10}.com.tr`)
  const { body } = await start({ upload: await upload(`domain\n${rows.join('\n')}\n`) })
  const ended = await workOff(body.data['id'], { isOver: () => true })
  expect(ended).toMatchObject({ state: 'done', rows: 2_500, accepted: 2_500, created: 10, problem: null, dead: [] })
  expect(ended.runs).toBeGreaterThan(RECEIVES)
})

it('gives up an import that stops at the same place each time: a dead letter, failed, with the reason and the last line', async () => {
  const rows = Array.from({ length: 1_200 }, (_, n) => `f${n % 10}.com.tr`)
  const { body } = await start({ upload: await upload(`domain\n${rows.join('\n')}\n`) })
  await database.db.execute(sql`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'no' using errcode = '53100'; end $$;
    create trigger refuse before insert on raw_leads for each row when (new.line > 1_100) execute function refuse()`)
  const { id } = body.data
  const ended = await workOff(id, {})
  await database.db.execute(sql`drop function refuse cascade`)
  const problem = {
    code: 'DATABASE_UNAVAILABLE',
    message: 'the database does not answer; its rows up to line 1001 are stored',
    remedy: expect.any(String),
  }
  expect(ended).toMatchObject({ runs: RECEIVES, dead: [id], state: 'failed', rows: 1_000, problem })
})

it('gives up an import whose workers die silently, instead of trying for the last time', async () => {
  const { body } = await start({ upload: await upload(LIST) })
  const { id } = body.data
  await database.db.execute(sql`update imports set state = 'running'`) // what a worker does first
  expect(await deliver(id, { receives: QUEUES.scans.tries })).toBe(true)
  const problem = { code: 'IMPORT_STALLED', remedy: expect.stringContaining('redrive') }
  expect(await progress(id)).toMatchObject({ state: 'failed', rows: 0, problem })
})

it('imports a list at the last receive when the receives before began nothing', async () => {
  const { body } = await start({ upload: await upload(LIST) })
  expect(await deliver(body.data['id'], { receives: QUEUES.scans.tries })).toBe(false)
  expect(await progress(body.data['id'])).toMatchObject({ state: 'done', rows: 3 })
})

it('reads the file that was there when the import was created, and no other that the same form sends', async () => {
  const other = `${LIST}${'baska.com.tr\n'.repeat(2_000)}`
  const begin = async () => (await start({ upload: await upload(other) })).body.data['id']
  const [kept, changed] = [await begin(), await begin()]
  await sendAgain(LIST)
  const problem = { code: 'UPLOAD_CHANGED', remedy: expect.stringContaining('upload of its own') }
  expect([await deliver(kept), await deliver(changed)]).toEqual([false, false])
  expect(await progress(kept)).toMatchObject({ state: 'done', rows: 2_003 })
  expect(await progress(changed)).toMatchObject({ state: 'failed', rows: 0, problem })
})

it('ends an import whose file changes between two runs, and says up to which line it is stored', async () => {
  const list = `${LIST}${'baska.com.tr\n'.repeat(1_000)}`
  const { id } = (await start({ upload: await upload(list) })).body.data
  expect(await deliver(id, { isOver: () => true })).toBe(false)
  await sendAgain(list) // the same bytes are the same file
  expect(await deliver(id, { isOver: () => true })).toBe(false)
  await sendAgain(LIST)
  expect(await deliver(id)).toBe(false)
  const message = expect.stringMatching(/another file .* its rows up to line 1001 are stored/)
  expect(await progress(id)).toMatchObject({
    state: 'failed',
    rows: 1_000,
    problem: { code: 'UPLOAD_CHANGED', message },
  })
  expect(await database.db.select().from(rawLeads)).toHaveLength(1_000)
})

it('says why an import waits, tries again, and says so once the queue gives up', async () => {
  const { body } = await start({ upload: await upload(LIST) })
  const open = () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'no answer'))
  const problem = { code: 'STORAGE_UNAVAILABLE', remedy: expect.any(String) }
  expect(await deliver(body.data['id'], { open })).toBe(true)
  expect(await progress(body.data['id'])).toMatchObject({ state: 'queued', problem })
  expect(await deliver(body.data['id'], { open, receives: QUEUES.scans.tries })).toBe(true)
  expect(await progress(body.data['id'])).toMatchObject({ state: 'failed', problem })
})

it('says that an import is stalled when its message is lost, and since when', async () => {
  const { id } = (await start({ upload: await upload(LIST.replace('?', 'uc.com.tr\n'.repeat(600))) })).body.data
  api.clock.advanceMs(3_600_000)
  await deliver(id, { isOver: () => true })
  const since = api.clock.now().toISOString()
  api.clock.advanceMs(LOST_AFTER_MS - 1)
  expect(await progress(id)).toMatchObject({ state: 'running', problem: null })
  api.clock.advanceMs(1)
  const problem = {
    code: 'IMPORT_STALLED',
    message: `no row has been stored since ${since}`,
    remedy: expect.any(String),
  }
  expect(await progress(id)).toMatchObject({ state: 'running', rows: 500, problem })
  expect(await deliver(id)).toBe(false)
  expect(await progress(id)).toMatchObject({ state: 'done', problem: null })
})

it('says that an import is stalled five minutes after its request or command stored its last row', async () => {
  const id = await createImport({ db: database.db, clock: api.clock, newId: v7 }, { keyid: null, actor: 'test' })
  key = await api.key(['read'])
  api.clock.advanceMs(299_999)
  expect(await progress(id)).toMatchObject({ state: 'running', problem: null })
  api.clock.advanceMs(1)
  expect(await progress(id)).toMatchObject({ state: 'running', problem: { code: 'IMPORT_STALLED' } })
})

it('drops the message of an import that is gone', async () => {
  expect(await deliver(v7())).toBe(false)
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
  const problem = { code: 'QUEUE_UNAVAILABLE', message: 'the import could not be queued', remedy: expect.any(String) }
  expect(await progress(refused.body.error.details['import'])).toMatchObject({ state: 'queued', problem })
  const again = await api.call('POST', '/api/v1/ingest/csv', sent)
  expect(api.queue.imports).toEqual([again.body.data['id']])
  expect((await database.db.execute(sql`select from imports`)).rows).toHaveLength(1)
})

it('leaves an import to the worker that runs it when the queue fails after it took the message', async () => {
  const begin = () => database.db.update(imports).set({ state: 'running' })
  const lost = createTestApi(database.db, {
    openTransfers: async () => store.bucket,
    queue: { ...api.queue, sendImport: () => begin().then(() => Promise.reject(new Error('no answer'))) },
  })
  const refused = await lost.call('POST', '/api/v1/ingest/csv', { key, body: { upload: await upload(LIST) } })
  expect(refused.status).toBe(503)
  expect(await progress(refused.body.error.details['import'])).toMatchObject({ state: 'running', problem: null })
})

async function place(): Promise<string> {
  const { body } = await api.call('POST', '/api/v1/ingest/uploads', { key, body: { content_type: 'text/csv' } })
  return String(body.data['upload_id'])
}
