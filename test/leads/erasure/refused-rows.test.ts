/** An erasure finds refused rows by the names that are stored beside them, whenever those were stored. */
import { drizzle } from 'drizzle-orm/node-postgres'
import { sql } from 'drizzle-orm'
import { Client } from 'pg'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { companies } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import { forgetColumns } from '#leads/erasure/forget-columns'
import { fillNames } from '#leads/erasure/fill-names'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { reapplyErasures } from '#leads/erasure/reapply'
import { eraseRefusals } from '#leads/erasure/refused-rows'
import { removeRows } from '#leads/erasure/remove-rows'
import { createJob } from '#scans/bulk/create-job'
import type { Domain } from '#signals/normalise'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { TestClock } from '../../support/test-clock.ts'

const ACME = 'acme.com.tr' as Domain
const IMPORT = v7()

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(() => database.db.execute(sql`truncate raw_leads, scan_jobs, erasures cascade`))

/** Refused rows as an older release stored them. */
async function storeUnnamed(texts: string[]): Promise<void> {
  await database.db.execute(sql`
    insert into raw_leads (import_id, source, line, input, rejected)
    select ${IMPORT}, 'csv', at, jsonb_build_object('Site', text), 'not a domain'
      from unnest(${sql.param(texts)}::text[]) with ordinality as given (text, at)`)
}

const storeInputs = (inputs: string[]) =>
  createJob({ db: database.db, clock: new TestClock(), newId: v7, batchSize: 50 }, { inputs, keyid: null })

const erase = () => runInTransaction(database.db, (tx) => eraseRefusals(tx, ACME))

async function read<T>(query: ReturnType<typeof sql>): Promise<T[]> {
  return (await database.db.execute<{ value: T }>(query)).rows.map(({ value }) => value)
}
const texts = () => read<string>(sql`select input ->> 'Site' as value from raw_leads order by id`)
const names = () => read<string[] | null>(sql`select names as value from raw_leads order by id`)

it('names the rows of an older release, skips those that another session holds, and does each once', async () => {
  await storeUnnamed(Array.from({ length: 1_200 }, (_, n) => `firma${n}.com or another`))
  await storeInputs(['bir.com iki.com', ACME])
  await database.db.execute(sql`update scan_job_domains set names = null`)
  await runInTransaction(database.db, async (tx) => {
    await tx.execute(sql`select from raw_leads where line = 7 for update`)
    expect(await fillNames(database.db)).toBe(1_200)
  })
  expect(await fillNames(database.db)).toBe(1)
  expect(await fillNames(database.db)).toBe(0)
  expect((await names())[6]).toEqual(['firma6.com'])
  expect(await read(sql`select names as value from scan_job_domains order by position`)).toEqual([
    ['bir.com', 'iki.com'],
    null,
  ])
})

it('stops between two batches when its time is over, and the next run goes on there', async () => {
  await storeUnnamed(Array.from({ length: 1_200 }, (_, n) => `firma${n}.com or another`))
  expect(await fillNames(database.db, () => true)).toBe(500)
  expect(await fillNames(database.db)).toBe(700)
})

it('erases rows with names, rows of an older release, and rows with too many names, and no other', async () => {
  const many = Array.from({ length: 1_001 }, (_, n) => `firma${n}.com`).join(' ')
  await storeUnnamed([`${ACME} x`, 'notacme.com.tr x', `https%3A%2F%2F${ACME}`, `${many} ${ACME}`, many])
  await fillNames(database.db)
  await storeUnnamed([`x ${ACME.toUpperCase()}`, 'acme.com.tr.de x'])
  await storeInputs([`${ACME} x`, 'other.com x', 'bir.com'])
  expect(await erase()).toEqual({ importedRows: 4, scanInputs: 1 })
  expect(await texts()).toEqual(['notacme.com.tr x', many, 'acme.com.tr.de x'])
  expect(
    await read(
      sql`select array[input, coalesce(reason, ''), coalesce(names, '{-}')::text] as value from scan_job_domains order by position`,
    ),
  ).toEqual([
    ['', 'LEAD_ERASED', '{}'],
    ['other.com x', 'DOMAIN_INVALID', '{other.com}'],
    ['bir.com', '', '{-}'],
  ])
})

it('erases a row that gets its names at that moment', async () => {
  await storeUnnamed([`${ACME} x`])
  let erased: ReturnType<typeof erase> | undefined
  await runInTransaction(database.db, async (tx) => {
    await tx.execute(sql`update raw_leads set names = '{com.tr,acme.com.tr}'`)
    erased = erase()
    await expect.poll(() => read(sql`select count(*)::int as value from pg_locks where not granted`)).toEqual([1])
  })
  expect(await erased).toEqual({ importedRows: 1, scanInputs: 0 })
})

it('erases, in a database that an older release left, the company and every refused row that names it', async () => {
  const older = await createHunterDatabase()
  try {
    await storeUnnamed([`${ACME} x`, 'other.com x', `u=%2F${ACME}`])
    const jobId = await storeInputs([`${ACME} x`, 'other.com x'])
    for (const table of ['scan_jobs', 'scan_job_domains', 'raw_leads']) {
      const rows = await read<object>(sql`select to_jsonb(t) as value from ${sql.identifier(table)} t`)
      const fields = sql`jsonb_populate_recordset(null::${sql.identifier(table)}, ${JSON.stringify(rows)}::jsonb)`
      await older.db.execute(sql`insert into ${sql.identifier(table)} overriding system value select * from ${fields}`)
      if (table !== 'scan_jobs') await older.db.execute(sql`alter table ${sql.identifier(table)} drop column names`)
    }
    await older.db.execute(sql`drop table partner_center_referrals, imports cascade`)
    await older.db.execute(sql`insert into companies (domain) values (${ACME})`)
    const key = createErasureKey('pepper')
    await database.db.execute(sql`insert into erasures values (${v7()}, ${key.hash(ACME)}, ${key.id}, now())`)
    const done = await reapplyErasures({ from: database.db, to: older.db, key })
    expect(done).toEqual({ erasures: 1, domains: 1 })
    expect(await older.db.$count(companies)).toBe(0)
    const left = await older.db.execute<{ text: string }>(
      sql`select input ->> 'Site' as text from raw_leads union all select input from scan_job_domains where job_id = ${jobId} order by 1`,
    )
    expect(left.rows.map(({ text }) => text)).toEqual(['', 'other.com x', 'other.com x'])
  } finally {
    await older.close()
  }
})

/** The plans of the statements that the work runs, once with its rows. */
async function plansOf(work: (tx: Transaction) => Promise<unknown>): Promise<string[]> {
  const statements: { sql: string; params: unknown[] }[] = []
  const logger = { logQuery: (text: string, params: unknown[]) => void statements.push({ sql: text, params }) }
  await work(drizzle(database.db.$client, { logger }) as unknown as Transaction)
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    const plans: string[] = []
    for (const { sql: text, params } of statements) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${text}`, params)
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
    }
    return plans
  } finally {
    await client.end()
  }
}

it('reads no table and no index as a whole', async () => {
  await storeUnnamed(Array.from({ length: 5_000 }, (_, n) => `firma${n}.com.tr or another`))
  await storeInputs(Array.from({ length: 5_000 }, (_, n) => `firma${n}.com.tr or another`))
  await fillNames(database.db)
  await database.db.execute(sql`vacuum analyze raw_leads, scan_job_domains`)
  const plans = await plansOf((tx) => eraseRefusals(tx, ACME))
  expect(plans).toEqual([
    expect.stringContaining('raw_leads_unnamed'),
    expect.stringContaining('raw_leads_names'),
    expect.stringContaining('scan_job_domains_unnamed'),
    expect.stringContaining('scan_job_domains_names'),
  ])
  for (const plan of plans) expect(plan).not.toContain('Seq Scan')
})

/** Answers that are kept for a day, half of them of imports, and imports that say as much of their columns. */
async function keepTexts(count: number): Promise<void> {
  await database.db.execute(sql`
    insert into api_keys (keyid, name, secret_hmac, scopes) values ('texts', 'texts', sha256('s'), '{write}')`)
  await database.db.execute(sql`
    insert into idempotency_keys (keyid, key, request_hash, claim, locked_until, created_at, made, status, body)
    select 'texts', 'order-' || n || '-Firma' || n || '.com.tr', sha256('r'), ${v7()}, now(), now(),
           jsonb_build_object(case when n % 2 = 0 then 'importId' else 'domain' end, n), 200,
           jsonb_build_object('value', 'www.firma' || n || '.com.tr' || chr(10) || 'another.com')
      from generate_series(1, ${count}::int) n`)
  await database.db.execute(sql`
    insert into imports (id, state, recognised, created_at, finished_at)
    select gen_random_uuid(), 'done', jsonb_build_object('columns', jsonb_build_object('domain', 'www.firma' || n || '.com.tr')),
           now(), now()
      from generate_series(1, ${count}::int) n`)
  await database.db.execute(sql`vacuum analyze idempotency_keys, imports`)
}

it('finds a name in answers that are kept and in what imports say, without reading all of them', async () => {
  await keepTexts(5_000)
  const domain = 'firma4000.com.tr' as Domain
  const plans = await plansOf(async (tx) => {
    expect(await removeRows(tx, domain, { hasReferrals: true })).toMatchObject({ keptAnswers: 1 })
    await forgetColumns(tx, domain, new Date())
  })
  const said = plans.filter((plan) => /on (?:idempotency_keys|imports)/.test(plan))
  expect(said).toEqual([
    expect.stringContaining('idempotency_keys_by_domain'),
    expect.stringContaining('idempotency_keys_key_part'),
    expect.stringContaining('idempotency_keys_rows_part'),
    expect.stringContaining('imports_part'),
  ])
  for (const plan of said) expect(plan).not.toContain('Seq Scan')
  const { rows } = await database.db.execute<{ keys: number; imports: number }>(sql`
    select (select count(*) from idempotency_keys)::int as keys,
           (select count(*) from imports where recognised::text like '%firma%')::int as imports`)
  expect(rows).toEqual([{ keys: 4_999, imports: 4_999 }])
})
