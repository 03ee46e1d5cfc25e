/**
 * How many rows a second an export writes as CSV and as XLSX, and how much memory it takes, beside a bare COPY of the
 * same rows to CSV: each in a process of its own with the heap of the functions, on invented leads in a server of its own.
 * Run it with `npm run bench -- export [leads]` (100,000).
 */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Client } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { closeDatabase, createDatabase } from '#db/client'
import { migrate } from '#db/migrate'
import { LEAN_HEAP } from '#deployment/functions'
import { startPostgres } from '#emulators/postgres/postgres'
import { exportLeads } from '#exports/export-leads'
import { DEFAULT_COLUMNS } from '#exports/formats'
import { seedLeads } from '#local/seed/seed-leads'
import { measureInChild, printRatios, sendMeasure } from '../support/measure-files.ts'
import { multiplyLeads, nameCompanies } from '../support/many-leads.ts'

const INVENTED = 5_000
const COLUMNS = [...DEFAULT_COLUMNS, 'fields' as const]
const CASES = ['copy', 'csv', 'xlsx'] as const
/** A busy machine may take its time. */
const TIMEOUT_MS = 600_000
type Case = (typeof CASES)[number]

const ROWS = `select c.domain, d.company, d.email_domain, l.segment, l.priority, l.value, l.min, l.max, l.mailbox, l.gateway, s.scanned_at, d.fields
  from lead_scores l join scans s using (company_id) join companies c on c.id = l.company_id
  left join listed_companies d on d.company_id = l.company_id order by l.priority, l.value desc, c.id`

const [what, url, file] = process.argv.slice(-3)
if (CASES.includes(what as Case))
  await sendMeasure(what as Case, file ?? '', () => run(what as Case, url ?? '', file ?? ''))
else await compareAll(Number(process.argv.at(-1)) || 100_000)

async function compareAll(leads: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-export-'))
  const server = await startPostgres({ dir: join(dir, 'postgres'), durable: false })
  try {
    await migrate({ url: server.url, folder: join(import.meta.dirname, '../../migrations') })
    const db = createDatabase({ url: server.url, maxConnections: 1, statementTimeoutMs: 0 })
    await seedLeads(db, { leads: INVENTED, now: new Date('2026-11-20T00:00:00Z'), addToOthers: false })
    await multiplyLeads(db, Math.max(0, Math.round(leads / INVENTED) - 1))
    await nameCompanies(db)
    await closeDatabase(db)
    const measured: Parameters<typeof printRatios>[0] = {}
    for (const name of CASES) {
      measured[name] = await measureInChild(['export', name, server.url, join(dir, name)], LEAN_HEAP)
    }
    printRatios(measured, ['copy'])
  } finally {
    await server.close()
    await rm(dir, { recursive: true })
  }
}

function run(name: Case, url: string, file: string): Promise<number> {
  return name === 'copy' ? copyRows(url, file) : exportRows(name, url, file)
}

async function copyRows(url: string, file: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const copy = client.query(copyTo(`copy (${ROWS}) to stdout with (format csv, header)`))
  await pipeline(copy, createWriteStream(file))
  await client.end()
  return copy.rowCount
}

async function exportRows(format: 'csv' | 'xlsx', url: string, file: string): Promise<number> {
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: 0 })
  const out = createWriteStream(file)
  const input = {
    query: { sort: 'priority' as const },
    columns: COLUMNS,
    format,
    language: 'tr' as const,
    timeoutMs: TIMEOUT_MS,
  }
  const rows = await exportLeads(db, input, async (chunk) => {
    if (!out.write(chunk)) await once(out, 'drain')
  })
  out.end()
  await once(out, 'finish')
  await closeDatabase(db)
  return rows
}
