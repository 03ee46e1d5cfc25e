/**
 * The dump against `pg_dump | gzip -6` and `pg_dump -Fc -Z6`, interleaved, on a Debian Postgres 15 that all three can
 * read: `npm run bench -- dump [megabytes] [rounds] [streams]`. Seconds of the wall clock, and of every processor that
 * worked for it (the server's included), since a busy machine lengthens the first more than the second.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { debianTool, hasDebianPostgres, startDebianPostgres } from '../support/debian-postgres.ts'

interface Outcome {
  seconds: number
  cpuSeconds: number
  bytes: number
  rssMib?: number
}

const [megabytes = 500, rounds = 3, streams = 0] = process.argv.slice(2).map(Number)
/** Row sizes in COPY's text, half of it leads, half their events. */
const LEAD_BYTES = 387
const EVENT_BYTES = 68
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']).toString())

if (!hasDebianPostgres()) throw new Error('Debian Postgres 15 must be installed')
const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-dump-'))
const server = await startDebianPostgres(['shared_buffers=256MB'])
try {
  await fill((megabytes * 1e6) / 2)
  const ways = {
    hunter: ours,
    'pg_dump | gzip -6': () => shell(`${debianTool('pg_dump')} ${server.url} | gzip -6 > ${join(dir, 'out')}`),
    'pg_dump -Fc -Z6': () => shell(`${debianTool('pg_dump')} -Fc -Z6 -f ${join(dir, 'out')} ${server.url}`),
  }
  const results = new Map<string, Outcome[]>(Object.keys(ways).map((name) => [name, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(ways)) {
      const outcome = await run()
      results.get(name)?.push(outcome)
      console.log(`round ${round}  ${describe(name, outcome)}  load ${loadavg()[0]?.toFixed(1)}`)
    }
  }
  report(results)
} finally {
  await server.close()
  await rm(dir, { recursive: true, force: true })
}

/** Rows like the product's: a domain, its evidence as JSON, and narrow events with times and measured values. */
async function fill(bytesEach: number): Promise<void> {
  const client = new Client({ connectionString: server.url })
  await client.connect()
  await client.query(`
    SELECT setseed(0.5);
    CREATE TABLE leads AS SELECT n AS id, 'company-' || n || '.' || (ARRAY['com','com.tr','org','net'])[1 + n % 4] AS domain,
      md5(n::text) AS key, (ARRAY['Microsoft 365','Google','Yandex','Zoho','Hosting','Unknown'])[1 + n * 7 % 6] AS provider,
      n * 31 % 101 AS score, timestamptz '2026-01-01' + n * interval '37.123 seconds' AS scanned_at, n % 3 = 0 AS ok,
      jsonb_build_object('mx', jsonb_build_array('mx1.company-' || n || '.example', 'mx2.mail.example'),
        'spf', 'v=spf1 include:spf.protection.outlook.com ip4:10.' || n % 256 || '.' || n % 199 || '.0/24 -all',
        'dmarc', jsonb_build_object('p', (ARRAY['none','quarantine','reject'])[1 + n % 3], 'pct', n % 100, 'id', md5((n * 3)::text))) AS signals,
      repeat('note about the lead ', n % 7) AS note
    FROM generate_series(1, ${Math.round(bytesEach / LEAD_BYTES)}) n;
    CREATE TABLE events AS SELECT n AS id, n::bigint * 7919 % 400000 AS lead_id, random() * 1000 AS value,
      timestamptz '2026-01-01' + random() * interval '300 days' AS at, (ARRAY['scan','rescan','change','alert'])[1 + n % 4] AS kind
    FROM generate_series(1, ${Math.round(bytesEach / EVENT_BYTES)}) n;
    ALTER TABLE leads ADD PRIMARY KEY (id);
    CREATE INDEX ON events (lead_id)`)
  await client.query('VACUUM ANALYZE')
  await client.end()
}

async function ours(): Promise<Outcome> {
  const before = await serverCpu()
  const args = [
    join(import.meta.dirname, '../support/dump-process.ts'),
    server.url,
    dir,
    ...(streams ? [String(streams)] : []),
  ]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const outcome = JSON.parse(stdout) as Outcome
  return { ...outcome, cpuSeconds: outcome.cpuSeconds + (await serverCpu()) - before }
}

async function shell(command: string): Promise<Outcome> {
  const before = await serverCpu()
  const { stderr } = await promisify(execFile)('bash', [
    '-c',
    `set -o pipefail; TIMEFORMAT='%R %U %S'; time { ${command}; }`,
  ])
  const [seconds = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number)
  const { size } = await stat(join(dir, 'out'))
  return { seconds, cpuSeconds: user + system + (await serverCpu()) - before, bytes: size }
}

/** Processor time of the ended sessions; the postmaster adds each when it reaps it. */
async function serverCpu(): Promise<number> {
  const fields = (await readFile(`/proc/${server.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
}

function describe(name: string, { seconds, cpuSeconds, bytes, rssMib }: Outcome): string {
  const memory = rssMib === undefined ? '' : `  ${rssMib.toFixed(0)} MiB at most`
  const cost = `${seconds.toFixed(2).padStart(7)} s  ${cpuSeconds.toFixed(2).padStart(7)} CPU-s`
  return `${name.padEnd(18)} ${cost}  ${(bytes / 1e6).toFixed(1).padStart(7)} MB${memory}`
}

function report(results: Map<string, Outcome[]>): void {
  console.log(`\nmedians of ${rounds} rounds, ${megabytes} MB, ${availableParallelism()} processors`)
  const medians = [...results].map(([name, outcomes]) => ({ name, ...medianOf(outcomes) }))
  const [own] = medians
  for (const median of medians) {
    const ratio = `${(median.seconds / (own?.seconds ?? 1)).toFixed(2)}× our time, ${(median.cpuSeconds / (own?.cpuSeconds ?? 1)).toFixed(2)}× our CPU`
    console.log(
      `${describe(median.name, median)}  ${ratio}, ${(median.bytes / (own?.bytes ?? 1)).toFixed(3)}× our size`,
    )
  }
}

function medianOf(outcomes: Outcome[]): Outcome {
  const middle = (values: number[]) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
  const memory = outcomes.flatMap(({ rssMib }) => (rssMib === undefined ? [] : [rssMib]))
  return {
    seconds: middle(outcomes.map(({ seconds }) => seconds)),
    cpuSeconds: middle(outcomes.map(({ cpuSeconds }) => cpuSeconds)),
    bytes: middle(outcomes.map(({ bytes }) => bytes)),
    ...(memory.length > 0 ? { rssMib: Math.max(...memory) } : {}),
  }
}
