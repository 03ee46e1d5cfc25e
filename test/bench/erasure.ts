/**
 * How long an erasure looks for refused rows among many: by the names that are stored beside them, and as it was before,
 * by reading every refused row; and what names it among answers that are kept for a day and among imports. Run it with `npm run bench -- erasure [rows]` (1,000,000 raw rows, a tenth refused).
 */
import { rm, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { closeDatabase, createDatabase } from '#db/client'
import { migrate } from '#db/migrate'
import { runInTransaction } from '#db/transaction'
import { startPostgres } from '#emulators/postgres/postgres'
import { forgetColumns } from '#leads/erasure/forget-columns'
import { fillNames } from '#leads/erasure/fill-names'
import { eraseRefusals, matchText } from '#leads/erasure/refused-rows'
import { removeRows } from '#leads/erasure/remove-rows'
import type { Domain } from '#signals/normalise'

const ROWS = Number(process.argv.at(-1)) || 1_000_000
const ROUNDS = 5
const NOBODY = 'firma0.com.tr' as Domain

const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-erasure-'))
const server = await startPostgres({ dir: join(dir, 'postgres'), durable: false })
const db = createDatabase({ url: server.url, maxConnections: 2, statementTimeoutMs: 0 })
try {
  await migrate({ url: server.url, folder: join(import.meta.dirname, '../../migrations') })
  await seed()
  const beganMs = performance.now()
  const named = await fillNames(db)
  const seconds = (performance.now() - beganMs) / 1_000
  console.log(`named ${named} older rows in ${seconds.toFixed(1)} s, ${Math.round(named / seconds)} rows/s`)
  await db.execute(sql`vacuum analyze raw_leads`)
  const sizes = await db.execute(sql`
    select pg_size_pretty(pg_table_size('raw_leads')) as rows, pg_size_pretty(pg_relation_size('raw_leads_names')) as names`)
  console.log(sizes.rows[0])
  await db.execute(sql`create index raw_leads_refused on raw_leads (id) where company_id is null`)
  await explain('before', sql`company_id is null and ${matchText(sql`input::text`, NOBODY)}`)
  await explain('after', sql`company_id is null and names @> ${sql.param([NOBODY])}::text[]`)
  const [before, after] = [await measure(findByText), await measure(eraseByName)]
  console.log(
    `before: ${before.toFixed(1)} ms, after: ${after.toFixed(1)} ms, ${Math.round(before / after)} times as fast`,
  )
  await seedAnswers()
  const indexed = await measureTexts()
  for (const index of ['idempotency_keys_key_part', 'idempotency_keys_rows_part', 'imports_part']) {
    await db.execute(sql.raw(`drop index ${index}`))
  }
  const read = await measureTexts()
  console.log(
    `${ROWS} answers and as many imports: ${read.toFixed(1)} ms without indexes, ${indexed.toFixed(1)} ms with them`,
  )
} finally {
  await closeDatabase(db)
  await server.close()
  await rm(dir, { recursive: true })
}

/** Nine of ten rows have a company; a refused one names a company in two cells. */
async function seed(): Promise<void> {
  await db.execute(sql`select setseed(0.5)`)
  await db.execute(sql`insert into companies (domain) select 'company' || n || '.com' from generate_series(1, 10000) n`)
  await db.execute(sql`
    insert into raw_leads (import_id, source, line, input, company_id, rejected)
    select ${v7()}, 'csv', n,
           jsonb_build_object('Firma', 'Firma ' || n || ' Sanayi ve Ticaret A.Ş.', 'Web', 'www.firma' || n || '.com.tr / ortak' || (n % 1000) || '.com',
             'E-Posta', 'info@firma' || n || '.com.tr', 'Şehir', 'İstanbul', 'Not', md5(n::text)),
           case when is_refused then null else 1 + n % 10000 end, case when is_refused then 'not a domain' end
      from (select n, random() < 0.1 as is_refused from generate_series(1, ${ROWS}::int) n) numbered`)
  await db.execute(sql`vacuum analyze`)
}

async function explain(what: string, which: SQL): Promise<void> {
  const { rows } = await db.execute<{ 'QUERY PLAN': string }>(
    sql`explain (analyze, buffers, costs off) delete from raw_leads where ${which}`,
  )
  console.log([`${what}:`, ...rows.map((row) => row['QUERY PLAN'])].join('\n  '))
}

async function measure(erase: (domain: Domain) => Promise<unknown>): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`
    select line as n from raw_leads where company_id is null order by md5(line::text || 'seed') limit ${ROUNDS}`)
  const times: number[] = []
  for (const { n } of rows) {
    const beganMs = performance.now()
    await erase(`firma${n}.com.tr` as Domain)
    times.push(performance.now() - beganMs)
  }
  return times.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0
}

/** One answer in ten is that of an import and shows refused rows. */
async function seedAnswers(): Promise<void> {
  await db.execute(
    sql`insert into api_keys (keyid, name, secret_hmac, scopes) values ('bench', 'bench', sha256('s'), '{write}')`,
  )
  await db.execute(sql`
    insert into idempotency_keys (keyid, key, request_hash, claim, locked_until, created_at, made, status, body)
    select 'bench', 'order-' || n || '-firma' || n, sha256('r'), ${v7()}, now(), now(),
           case when n % 10 = 0 then jsonb_build_object('importId', n) else jsonb_build_object('domain', 'firma' || n || '.com') end, 200,
           case when n % 10 = 0 then '{"refusals":[' || repeat('{"line":7,"value":"www.firma' || n || '.com.tr / x","reason":"not a domain"},', 10) || ']}'
                else '{"domain":"firma' || n || '.com","score":70}' end
      from generate_series(1, ${ROWS}::int) n`)
  await db.execute(sql`
    insert into imports (id, state, options, recognised, created_at, finished_at)
    select gen_random_uuid(), 'done', '{}', jsonb_build_object('format', 'json', 'columns', jsonb_build_object('domain', 'Web ' || n)), now(), now()
      from generate_series(1, ${ROWS}::int) n`)
  await db.execute(sql`vacuum analyze idempotency_keys, imports`)
}

async function measureTexts(): Promise<number> {
  const times: number[] = []
  for (let round = 1; round <= ROUNDS; round += 1) {
    const domain = `firma${round * 10}.com.tr` as Domain
    const beganMs = performance.now()
    await runInTransaction(
      db,
      async (tx) => {
        await removeRows(tx, domain, { hasReferrals: true })
        await forgetColumns(tx, domain, new Date())
      },
      { timeoutMs: 600_000 },
    )
    times.push(performance.now() - beganMs)
  }
  return times.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0
}

function findByText(domain: Domain): Promise<unknown> {
  return db.execute(sql`select from raw_leads where company_id is null and ${matchText(sql`input::text`, domain)}`)
}

function eraseByName(domain: Domain): Promise<unknown> {
  return runInTransaction(db, (tx) => eraseRefusals(tx, domain))
}
