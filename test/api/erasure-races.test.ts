/** Work that began before an erasure and ends after it does not bring the company back. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { deliverDue } from '#alerts/deliver'
import type { Message } from '#alerts/message'
import { alertDeliveries, companies, imports, rawLeads } from '#db/tables'
import { TRANSFERS } from '#deployment/transfers'
import { createImport } from '#ingest/imports/create-import'
import { abandonImport, runImport } from '#ingest/imports/run-import'
import { scanImport } from '#ingest/imports/scan-import'
import { ingestFile } from '#ingest/ingest-file'
import { type ListOptions, readList } from '#ingest/read-list'
import { eraseLead } from '#leads/erasure/erase-lead'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { LIST_DAYS_MAX } from '#leads/erasure/running-imports'
import { silentLog } from '#platform/log'
import { createJob } from '#scans/bulk/create-job'
import { getJob } from '#scans/bulk/job-progress'
import { processBatch } from '#scans/bulk/process-batch'
import { redriveDeadLetters } from '#scans/bulk/redrive'
import { normaliseDomain } from '#signals/normalise'
import { keepChanges, keepChannel, sampleChange } from '../support/alert-channels.ts'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createFakeQueue, scanDeps } from '../support/scan-deps.ts'
import { listTablesThatName } from '../support/tables-that-name.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'

const ACME = 'acme.com.tr'

let database: HunterDatabase
let dir: string
let api: TestApi
let key: string
const clock = new TestClock()
beforeAll(async () => {
  database = await createHunterDatabase()
  dir = await mkdtemp(join(tmpdir(), 'hunter-erasure-races-'))
  api = createTestApi(database.db)
  key = await api.key(['admin'])
  await api.signAs(key)
})
afterAll(async () => {
  await database.close()
  await rm(dir, { recursive: true })
})
beforeEach(() =>
  database.db.execute(sql`
    truncate companies, raw_leads, imports, scan_jobs, audit_log, erasures, alert_channels, alert_queues cascade`),
)

const importDeps = () => ({ db: database.db, clock, newId: v7 })
const erase = () =>
  eraseLead(
    { ...importDeps(), key: createErasureKey('pepper of the tests') },
    { domain: normaliseDomain(ACME), actor: 'cli' },
  )
const tablesThatName = () => listTablesThatName(database.db, ACME)

async function writeCsv(lines: string[], heading = 'website'): Promise<string> {
  const path = join(dir, `${v7()}.csv`)
  await writeFile(path, `${heading},company\n${lines.join('\n')}\n`)
  return path
}

/** Opens the list, and does something before it gives the row of a line. */
const openAndDo = (path: string, line: number, act: () => Promise<unknown>, options?: ListOptions) => async () => {
  const list = await readList(path, options)
  const rows = async function* () {
    for await (const row of list.rows) {
      if (row.line === line) await act()
      yield row
    }
  }
  return { ...list, rows: rows() }
}

/** Moves the dead letter of an import. */
async function redrive(importId: string): Promise<void> {
  let letters = [{ body: JSON.stringify({ importId }), handle: '1' }]
  const deadLetters = { receive: async () => letters, remove: async () => void (letters = []) }
  const queue = createFakeQueue()
  await redriveDeadLetters({ db: database.db, clock, queue, deadLetters }, { actor: 'cli' })
  expect(queue.imports).toEqual([importId])
}

const UPLOAD = { keyid: null, actor: 'cli', upload: { id: 'upload' } }

it('an import that began before stores no row that names the company, and keeps the place of each', async () => {
  await keepLead(database.db, sampleLead({ domain: ACME }))
  const lines = Array.from({ length: 1_800 }, (_, n) => `firma${n}.com,Firma ${n}`)
  for (const [at, line] of [
    [3, `${ACME},Acme`],
    [1_500, `www.${ACME},Acme`],
    [1_600, `${ACME} or another,Acme`],
  ] as const)
    lines[at] = line
  const path = await writeCsv(lines)
  const importId = await createImport(importDeps(), { keyid: null, actor: 'cli' })
  expect(await runImport(importDeps(), { importId, openList: openAndDo(path, 1_400, erase) })).toBe(true)
  expect(await tablesThatName()).toEqual([])
  const [done] = await database.db.select().from(imports)
  expect(done).toMatchObject({ state: 'done', rows: 1_800, erased: [] })
  const { rows } = await database.db.execute(
    sql`select line, input, names from raw_leads where rejected = 'the company was erased while the import ran' and line > 1000 order by line`,
  )
  expect(rows).toEqual([1_502, 1_602].map((line) => ({ line, input: {}, names: [] })))
})

it('an import that waits for a worker does not bring the company back either, and a later one does', async () => {
  await keepLead(database.db, sampleLead({ domain: ACME }))
  const path = await writeCsv([`${ACME},Acme`, 'firma.com,Firma'])
  const importId = await createImport(importDeps(), {
    keyid: null,
    actor: 'cli',
    upload: { id: 'upload', etag: '"etag"' },
  })
  await erase()
  await runImport(importDeps(), { importId, openList: () => readList(path) })
  expect(await tablesThatName()).toEqual([])
  expect(await database.db.$count(rawLeads)).toBe(2)
  await ingestFile(importDeps(), { path, actor: 'cli' })
  expect(await tablesThatName()).toContain('companies')
})

it.each(['before it failed', 'after it failed'])(
  'an import that goes on after a failure does not bring back a company that was erased %s',
  async (when) => {
    await keepLead(database.db, sampleLead({ domain: ACME }))
    const lines = Array.from({ length: 700 }, (_, n) => (n === 3 || n === 600 ? `${ACME},Acme` : `firma${n}.com,Firma`))
    const path = await writeCsv(lines)
    const importId = await createImport(importDeps(), UPLOAD)
    expect(await runImport(importDeps(), { importId, openList: () => readList(path), isOver: () => true })).toBe(false)
    if (when === 'before it failed') await erase()
    await abandonImport(importDeps(), importId, { code: 'IMPORT_STALLED', message: 'no worker lives' })
    if (when === 'after it failed') await erase()
    await redrive(importId)
    expect(await runImport(importDeps(), { importId, openList: () => readList(path) })).toBe(true)
    const [done] = await database.db.select().from(imports)
    expect([await tablesThatName(), done]).toMatchObject([[], { state: 'done', rows: 700, erased: [] }])
  },
)

it.each(['done', 'failed'])('an import whose column names the company forgets it when it ends as %s', async (end) => {
  await keepLead(database.db, sampleLead({ domain: ACME }))
  const options = { column: `${ACME} site` }
  const lines = Array.from({ length: 600 }, (_, n) => `firma${n}.com,Firma`)
  const path = await writeCsv(lines, options.column)
  const importId = await createImport(importDeps(), { ...UPLOAD, options })
  await createImport(importDeps(), { ...UPLOAD, options: { column: 'website' } })
  const openList = openAndDo(path, 400, erase, options)
  const isOver = () => end === 'failed'
  expect(await runImport(importDeps(), { importId, openList, isOver })).toBe(end === 'done')
  const problem = { code: 'CSV_INVALID', message: `there is no column "${ACME} site"` } as const
  if (end === 'failed') await abandonImport(importDeps(), importId, problem)
  expect(await tablesThatName()).toEqual(['raw_leads']) // the heading stays in rows of other companies
  const [ended, other] = await database.db.select().from(imports).orderBy(imports.id)
  expect(ended).toMatchObject({ state: end, options: {}, recognised: { columns: {} } })
  expect(other).toMatchObject({ state: 'queued', options: { column: 'website' } })
})

it('an import whose list is gone keeps neither the hash of a company nor a column that names it', async () => {
  expect(LIST_DAYS_MAX).toBeGreaterThan(TRANSFERS.uploads.days) // the bucket deletes at the first midnight after them
  const readErased = async () =>
    (await database.db.select().from(imports).orderBy(imports.id)).map(({ erased }) => erased.length)
  const eraseNext = async () => {
    await keepLead(database.db, sampleLead({ domain: ACME }))
    await erase()
  }
  await createImport(importDeps(), { ...UPLOAD, options: { column: `${ACME} site` } })
  await eraseNext()
  expect([await readErased(), await tablesThatName()]).toEqual([[1], ['imports']])
  clock.advanceMs(LIST_DAYS_MAX * 86_400_000)
  await createImport(importDeps(), UPLOAD)
  await eraseNext()
  expect([await readErased(), await tablesThatName()]).toEqual([[0, 1], []])
})

it('the bulk scan of an import leaves out a company that was erased before it began', async () => {
  const path = await writeCsv([`${ACME},Acme`, 'firma.com,Firma'])
  const { importId } = await ingestFile(importDeps(), { path, actor: 'cli' })
  let erased: Promise<unknown> | undefined
  const scans: Parameters<typeof scanImport>[0]['scans'] = {
    domainsMax: 100,
    create: async (request, also) => {
      await (erased ??= erase())
      return createJob({ ...importDeps(), batchSize: 50 }, request, also)
    },
    queue: async () => undefined,
  }
  await scanImport({ db: database.db, scans }, { importId, keyid: null })
  expect(await tablesThatName()).toEqual([])
  const { rows } = await database.db.execute(sql`select domain from scan_job_domains`)
  expect(rows).toEqual([{ domain: 'firma.com' }])
})

it('a rescan that waits in the queue finds nothing to scan', async () => {
  await keepLead(database.db, sampleLead({ domain: ACME }))
  const jobId = await createJob({ ...importDeps(), batchSize: 50 }, { inputs: [ACME], keyid: null, kind: 'rescan' })
  await erase()
  const dns = createFakeDns(googleCompany(ACME))
  await processBatch(scanDeps(database.db, dns, { clock }), { jobId, batch: 1, lastTry: false })
  expect([await tablesThatName(), dns.asked]).toEqual([[], []])
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { failed: 1, pending: 0 } })
})

/** Sends what is due; `onSend` runs while a message is on its way. */
async function deliver(onSend: () => Promise<unknown>): Promise<Message[]> {
  const sent: Message[] = []
  const deps: Parameters<typeof deliverDue>[0] = {
    db: database.db,
    clock,
    log: silentLog,
    newId: randomUUID,
    random: () => 0,
    open: ({ id, name, kind, address, language }) => ({ id, name, kind, address, language, secrets: [] }),
    wait: async () => undefined,
    send: async (_, message) => {
      sent.push(message)
      await onSend()
      return { kind: 'sent', status: 200 }
    },
  }
  await deliverDue(deps, { until: new Date(clock.now().getTime() + 60_000) })
  return sent
}

it('an alert that waits is not sent, and one that is on its way leaves nothing behind', async () => {
  await keepChannel(database.db)
  const raise = () => keepChanges(database.db, sampleLead({ domain: ACME }), [sampleChange()])
  await raise()
  await erase()
  expect(await deliver(async () => undefined)).toEqual([])
  await raise()
  expect(await deliver(erase)).toMatchObject([{ alerts: [{ domain: ACME }] }])
  expect([await tablesThatName(), await database.db.$count(alertDeliveries)]).toEqual([[], 0])
})

it('a webhook that arrives at the same moment is stored whole or erased whole', async () => {
  for (let round = 0; round < 5; round += 1) {
    await keepLead(database.db, sampleLead({ domain: ACME }))
    const body = { type: 'lead.created', data: [{ website: ACME, company: 'Acme' }, { website: 'firma.com' }] }
    const headers = { 'webhook-id': `msg_${round}` }
    const [delivered, erased] = await Promise.all([
      api.call('POST', '/api/v1/ingest/webhook', { key, body, headers }),
      erase(),
    ])
    expect([delivered.status, erased.companies]).toEqual([202, 1])
    const { rows } = await database.db.execute(sql`
      select (select count(*)::int from companies where domain = ${ACME}) as companies,
             (select count(*)::int from raw_leads where input ->> 'website' = ${ACME}) as raw`)
    expect([[{ companies: 0, raw: 0 }], [{ companies: 1, raw: 1 }]]).toContainEqual(rows)
    await database.db.delete(companies)
    await database.db.delete(rawLeads)
  }
})
