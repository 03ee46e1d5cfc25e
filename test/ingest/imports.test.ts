import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { v7 } from 'uuid'
import { companies, imports, rawLeads, scanJobDomains } from '#db/tables'
import { createImport, type ImportId } from '#ingest/imports/create-import'
import { getImport } from '#ingest/imports/import-progress'
import { runImport } from '#ingest/imports/run-import'
import type { ScanPort } from '#ingest/imports/scan-import'
import { type OpenedList, readList } from '#ingest/read-list'
import { AppError } from '#platform/errors'
import { createImportScans } from '#scans/bulk/import-scans'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createFakeQueue } from '../support/scan-deps.ts'
import * as fc from '../support/seeded.ts'
import { TestClock } from '../support/test-clock.ts'

const ROWS = 1_100
/** Each company three times, and one refused row in ten. */
const NAMES = Array.from({ length: ROWS }, (_, n) => (n % 10 === 9 ? '?' : `f${n % 400}.com.tr`))
const ACCEPTED = NAMES.filter((name) => name !== '?')

let database: HunterDatabase
let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hunter-imports-'))
  path = join(folder, 'list.csv')
  await writeFile(path, `domain\n${NAMES.join('\n')}\n`)
  database = await createHunterDatabase()
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, raw_leads, imports, scan_jobs cascade`)
})

const clock = new TestClock()
const queue = createFakeQueue()
const realScans = (domainsMax = 150): ScanPort => ({
  ...createImportScans({ db: database.db, clock, queue, newId: v7, batchSize: 50 }),
  domainsMax,
})
const create = (scan = false) =>
  createImport({ db: database.db, clock, newId: v7 }, { keyid: null, actor: 'test', scan })
const openList = () => readList(path)
const run = (importId: ImportId, changes: Partial<Parameters<typeof runImport>[1]> = {}, scans = realScans()) =>
  runImport({ db: database.db, clock, scans }, { importId, openList, ...changes })

/** What the database has of the list. */
async function readStored(importId: ImportId) {
  const raw = await database.db.select().from(rawLeads).orderBy(rawLeads.id)
  const { state, rows, accepted, refused, created, duplicates } = await getImport(database.db, importId)
  const known = await database.db.select().from(companies)
  return {
    rows: raw.map(({ line, input }) => [line, (input as { domain: string }).domain]),
    counts: { state, rows, accepted, refused, created, duplicates, companies: known.length },
  }
}

const DISTINCT = new Set(ACCEPTED).size
/** The list once, row by row: none missing, none twice. */
const WHOLE = {
  rows: NAMES.map((name, n) => [n + 2, name]),
  counts: {
    state: 'done',
    rows: ROWS,
    accepted: ACCEPTED.length,
    refused: ROWS - ACCEPTED.length,
    created: DISTINCT,
    duplicates: ACCEPTED.length - DISTINCT,
    companies: DISTINCT,
  },
}

/** Reads until a row, and then fails as a worker that is killed does. */
const dyingAt = (row: number) => async (): Promise<OpenedList> => {
  const list = await readList(path)
  async function* rows() {
    let at = 0
    for await (const one of list.rows) {
      if ((at += 1) > row) throw new Error('killed')
      yield one
    }
  }
  return { ...list, rows: rows() }
}

it('stores each row once, wherever workers die and stop early', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: ROWS }), { maxLength: 2 }), async (deaths) => {
      await database.db.execute(sql`truncate companies, raw_leads, imports cascade`)
      const importId = await create()
      for (const row of deaths) await run(importId, { openList: dyingAt(row) }).catch(() => undefined)
      while (!(await run(importId, { isOver: () => true }))) continue
      expect(await run(importId)).toBe(true)
      expect(await readStored(importId)).toEqual(WHOLE)
    }),
    { numRuns: 2 },
  )
})

it('stores each row once when three workers have the same import at the same time', async () => {
  const importId = await create()
  await Promise.all([run(importId), run(importId), run(importId)])
  await run(importId)
  expect(await readStored(importId)).toEqual(WHOLE)
})

it('scans each company once, in bulk scans of limited size, also when two workers ask and one died before queueing', async () => {
  const importId = await create(true)
  const dead: ScanPort = { ...realScans(), queue: () => Promise.reject(new Error('killed')) }
  await run(importId, {}, dead).catch(() => undefined)
  await Promise.all([run(importId), run(importId)])
  const { scanJobs, state, problem } = await getImport(database.db, importId)
  expect([scanJobs.length, state, problem]).toEqual([3, 'done', null])
  const scanned = await database.db.select().from(scanJobDomains)
  expect(scanned.map(({ domain }) => String(domain)).sort()).toEqual([...new Set(ACCEPTED)].sort())
  expect(new Set(queue.sent.map(({ jobId }) => jobId))).toEqual(new Set(scanJobs))
})

it('ends as failed, with the reason, when its file cannot be read, and is tried again when only the storage did not answer', async () => {
  const gone = () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'no answer'))
  const importId = await create()
  await expect(run(importId, { openList: gone })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  expect(await getImport(database.db, importId)).toMatchObject({ state: 'running', problem: null })
  const broken = () => Promise.reject(new AppError('CSV_INVALID', 'the file is empty'))
  expect(await run(importId, { openList: broken })).toBe(true)
  expect(await getImport(database.db, importId)).toMatchObject({
    state: 'failed',
    problem: { code: 'CSV_INVALID', message: 'the file is empty' },
  })
  expect(await run(importId)).toBe(true) // a second delivery changes nothing
  expect(await database.db.select().from(rawLeads)).toEqual([])
  expect((await database.db.select().from(imports))[0]?.state).toBe('failed')
})

it('leaves searches at most 32 pages of trigrams to read that are not in an index yet', async () => {
  const named = join(folder, 'named.csv')
  const rows = Array.from(
    { length: 3_000 },
    (_, n) => `Firma ${(n * n * 7_919).toString(36)} Sanayi,adi${(n * 104_729).toString(36)}.com.tr`,
  )
  await writeFile(named, `Firma,Web\n${rows.join('\n')}\n`)
  await run(await create(), { openList: () => readList(named) })
  const waiting = await database.db.execute(sql`
    select index from unnest(array['listed_companies_part', 'companies_domain_part']) index
     where gin_clean_pending_list(index) > 32`)
  expect(waiting.rows).toEqual([])
})
