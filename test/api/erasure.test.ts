/** The erasure of a company: nothing names it afterwards, and no work that is under way brings it back. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { eraseLead } from '#leads/erasure/erase-lead'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { ingestFile } from '#ingest/ingest-file'
import { ALL_KINDS } from '#scans/cache/scan-cache'
import { createJob } from '#scans/bulk/create-job'
import { getJob } from '#scans/bulk/job-progress'
import { processBatch } from '#scans/bulk/process-batch'
import { rescanDomain, scanDomain } from '#scans/scan-domain'
import { normaliseDomain } from '#signals/normalise'
import { createInstance, startCountingRedis, type CountingRedis } from '../support/cached-scans.ts'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { listTablesThatName } from '../support/tables-that-name.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'

const ACME = 'acme.com.tr'
const DOMAIN = normaliseDomain(ACME)
const OTHERS = ['notacme.com.tr', 'acme.com.tr.de', 'komşu.com.tr']

let database: HunterDatabase
let dir: string
let api: TestApi
let key: string
const clock = new TestClock()
const erasureKey = createErasureKey('pepper of the tests')
beforeAll(async () => {
  database = await createHunterDatabase()
  dir = await mkdtemp(join(tmpdir(), 'hunter-erasure-'))
  api = createTestApi(database.db)
  key = await api.key(['admin'])
  for (const [name, records] of Object.entries(googleCompany(ACME))) api.dns.zone.set(name, records)
})
afterAll(async () => {
  await database.close()
  await rm(dir, { recursive: true, force: true })
})
beforeEach(async () => {
  await database.db.execute(
    sql`truncate companies, raw_leads, scan_jobs, audit_log, idempotency_keys, erasures cascade`,
  )
})

const erase = () => api.call('DELETE', `/api/v1/leads/${ACME}`, { key })
const eraseDirectly = () =>
  eraseLead({ db: database.db, clock, newId: v7, key: erasureKey }, { domain: DOMAIN, actor: 'cli' })

const tablesThatName = (text: string) => listTablesThatName(database.db, text)

async function importLines(...lines: string[]): Promise<unknown> {
  const path = join(dir, `${v7()}.csv`)
  await writeFile(path, `website,company,email\n${lines.join('\n')}\n`)
  return ingestFile({ db: database.db, clock, newId: v7 }, { path, actor: 'cli' })
}

/** Puts the company into every table that can name it, beside companies with similar names. */
async function fillEverything(): Promise<void> {
  await importLines(
    `https://www.${ACME}/,Acme,info@${ACME}`,
    `${ACME} and more,Acme`,
    ...OTHERS.map((domain) => `${domain},X`),
  )
  for (const domain of OTHERS) await keepLead(database.db, sampleLead({ domain: normaliseDomain(domain) }))
  const inputs = [`INFO@${ACME}`, `${ACME} or another`, ...OTHERS]
  await api.call('POST', '/api/v1/scan/bulk', { key, body: { domains: inputs } })
  const headers = { 'Idempotency-Key': 'scan' }
  expect((await api.call('POST', '/api/v1/scan/domain', { key, headers, body: { domain: ACME } })).status).toBe(200)
  await database.db.execute(sql`
    with change as (
      insert into lead_changes (company_id, type, old_value, new_value, at)
      select id, 'mx_changed', '"a"', to_jsonb('mx.' || domain), now() from companies where domain = ${ACME} returning id)
    insert into alerts (change_id, type, raised_at) select id, 'mx_changed', now() from change`)
}

it('removes the company, its history and all that names it, and nothing of a company with a similar name', async () => {
  await fillEverything()
  expect(await tablesThatName(ACME)).toEqual(
    expect.arrayContaining([
      'audit_log',
      'companies',
      'idempotency_keys',
      'lead_changes',
      'listed_companies',
      'raw_leads',
      'scan_job_domains',
      'scans',
    ]),
  )
  const { status, body } = await erase()
  expect([status, body.data]).toMatchObject([
    200,
    { companies: 1, imported_rows: 2, scan_inputs: 2, kept_answers: 1, caches_cleared: true },
  ])
  expect(await tablesThatName(ACME)).toEqual([])
  const { rows } = await database.db.execute<{ domain: string }>(sql`select domain from companies order by 1`)
  expect(rows.map(({ domain }) => domain)).toEqual(OTHERS.map(normaliseDomain).sort())
  const { rows: kept } = await database.db.execute(sql`
    select (select count(*)::int from raw_leads) as raw, (select count(*)::int from scan_job_domains where domain is not null) as inputs,
           (select count(*)::int from scan_job_domains) as counted`)
  expect(kept).toEqual([{ raw: 3, inputs: 3, counted: 5 }])
})

it('finds the company in a refused row on a line of its own, and after a tab or a quote', async () => {
  await importLines(`"x y\n${ACME}"`, `"x y\t${ACME}"`, `"x ""${ACME}"" y"`, `"x y\nn${ACME}"`)
  expect((await erase()).body.data['imported_rows']).toBe(3)
})

it('is in the audit log under a keyed hash, which earlier entries about the company get, too', async () => {
  await fillEverything()
  await erase()
  const hash = erasureKey.hash(DOMAIN).toString('hex')
  const { body } = await api.call('GET', `/api/v1/admin/audit?object=lead:${hash}`, { key })
  const entries = body.data['entries'] as { action: string; actor: string }[]
  expect(entries.map(({ action }) => action)).toEqual(['lead.erased', 'lead.scanned'])
  expect(hash).not.toBe(createErasureKey('another pepper').hash(DOMAIN).toString('hex'))
})

it('is over once it is done: a second erasure finds nothing, and a new scan may store the company again', async () => {
  await fillEverything()
  await erase()
  const again = await erase()
  expect([again.status, again.body.error.code]).toEqual([404, 'LEAD_NOT_FOUND'])
  const { rows } = await database.db.execute(sql`select from erasures`)
  expect(rows).toHaveLength(1)
  expect((await api.call('POST', '/api/v1/scan/domain', { key, body: { domain: ACME } })).status).toBe(200)
  expect((await erase()).status).toBe(200)
})

it('needs the scope admin, and a name that is a domain', async () => {
  await keepLead(database.db, sampleLead({ domain: ACME }))
  const writer = await api.key(['read', 'write'])
  expect((await api.call('DELETE', `/api/v1/leads/${ACME}`, { key: writer })).status).toBe(403)
  expect((await api.call('DELETE', '/api/v1/leads/10.0.0.1', { key })).body.error.code).toBe('DOMAIN_INVALID')
  expect(await tablesThatName(ACME)).toContain('companies')
})

/** Erases the company while the scan waits for its first answer. */
function eraseDuring(deps: ReturnType<typeof scanDeps>) {
  let erased: Promise<unknown> | undefined
  Object.assign(deps.dns, { onAsk: async () => void (await (erased ??= eraseDirectly())) })
  return deps
}
const worker = () => scanDeps(database.db, createFakeDns(googleCompany(ACME)), { clock })

it.each([
  ['scan', scanDomain],
  ['rescan', rescanDomain],
])('a %s that began before does not bring the company back', async (_what, scan) => {
  await keepLead(database.db, sampleLead({ domain: ACME }))
  await expect(scan(eraseDuring(worker()), ACME)).rejects.toMatchObject({ code: 'LEAD_ERASED' })
  expect(await tablesThatName(ACME)).toEqual([])
})

const createBatch = () =>
  createJob({ db: database.db, clock, newId: v7, batchSize: 50 }, { inputs: [ACME, 'notacme.com.tr'], keyid: null })

it('a batch that began before does not bring the company back, and its job ends', async () => {
  const jobId = await createBatch()
  await processBatch(eraseDuring(worker()), { jobId, batch: 1, lastTry: false })
  expect(await tablesThatName(ACME)).toEqual([])
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { pending: 0, failed: 1, done: 1 } })
})

it('an erasure and the commit of a batch at once leave nothing of the company, whichever comes first', async () => {
  for (let round = 0; round < 8; round += 1) {
    const jobId = await createBatch()
    await keepLead(database.db, sampleLead({ domain: ACME }))
    let erased: Promise<unknown> | undefined
    const deps = worker()
    let asked = 0
    Object.assign(deps.dns, { onAsk: async () => void ((asked += 1) === 10 + round * 2 && (erased = eraseDirectly())) })
    await processBatch(deps, { jobId, batch: 1, lastTry: false })
    await (erased ?? eraseDirectly())
    expect([round, await tablesThatName(ACME)]).toEqual([round, []])
  }
})

it('two erasures and an import at once: one finds the company, and no row is left half', async () => {
  for (let round = 0; round < 5; round += 1) {
    await keepLead(database.db, sampleLead({ domain: ACME }))
    const [imported, ...erasures] = await Promise.allSettled([
      importLines(`${ACME},Acme`),
      eraseDirectly(),
      eraseDirectly(),
    ])
    expect(imported.status).toBe('fulfilled')
    expect(erasures.some(({ status }) => status === 'fulfilled')).toBe(true)
    const { rows } = await database.db.execute(sql`
      select (select count(*)::int from companies where domain = ${ACME}) as companies,
             (select count(*)::int from raw_leads where input::text ilike '%acme%') as naming`)
    // an import that was under way keeps its row as refused, without its text
    expect([[{ companies: 0, naming: 0 }], [{ companies: 1, naming: 1 }]]).toContainEqual(rows)
    await eraseDirectly().catch(() => undefined)
  }
})

it('forgets what Redis remembers, and an instance that began before cannot write it again', async () => {
  const redis: CountingRedis = await startCountingRedis(clock)
  try {
    const dns = createFakeDns(googleCompany(ACME))
    const world = { db: database.db, redis, dns, clock }
    const [first, late] = [createInstance(world), createInstance(world)]
    const entries = first.cache?.entries
    await scanDomain(first, ACME)
    const before = await entries?.read(ACME, ALL_KINDS)
    expect(before?.entries.map((entry) => entry !== undefined)).toEqual([true, false, true])
    const cached = createTestApi(database.db, { cache: first.cache as NonNullable<typeof first.cache> })
    const admin = await cached.key(['admin'])
    const answer = await cached.call('DELETE', `/api/v1/leads/${ACME}`, { key: admin })
    expect(answer.body.data['caches_cleared']).toBe(true)
    const value = { at: clock.now().toISOString(), basis: '', verdict: '' }
    const entry = { kind: ALL_KINDS[2], value, untilMs: clock.now().getTime() + 60_000 }
    await late.cache?.entries.write(ACME, { generation: before?.generation ?? '', entries: [entry] })
    const after = await entries?.read(ACME, ALL_KINDS)
    expect(after?.entries).toEqual([undefined, undefined, undefined])
    await redis.close()
    await keepLead(database.db, sampleLead({ domain: ACME }))
    const gone = await cached.call('DELETE', `/api/v1/leads/${ACME}`, { key: admin })
    expect([gone.status, gone.body.data['caches_cleared']]).toEqual([200, false])
  } finally {
    await redis.close().catch(() => undefined)
  }
})
