/**
 * How many rows a second an import stores from CSV and from XLSX, and how much memory it takes, beside csv-parse alone
 * and a bare COPY of the same file: each in a process of its own with the heap of the functions, on a server of its own.
 * Run it with `npm run bench -- ingest [rows]` (100,000).
 */
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import { Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { v7 } from 'uuid'
import { closeDatabase, createDatabase } from '#db/client'
import { migrate } from '#db/migrate'
import { LEAN_HEAP } from '#deployment/functions'
import { startPostgres } from '#emulators/postgres/postgres'
import { createImport } from '#ingest/imports/create-import'
import { getImport } from '#ingest/imports/import-progress'
import { runImport } from '#ingest/imports/run-import'
import { readList } from '#ingest/read-list'
import { systemClock } from '#platform/clock'
import { measureInChild, printRatios, sendMeasure } from '../support/measure-files.ts'
import { workbookParts, zip } from '../support/zip.ts'

const CASES = ['parse', 'copy', 'csv', 'xlsx'] as const
type Case = (typeof CASES)[number]

const HEADER = ['Firma', 'Web Sitesi', 'E-Posta', 'Şehir', 'Telefon', 'Sektör']

const [what, url, file] = process.argv.slice(-3)
if (CASES.includes(what as Case))
  await sendMeasure(what as Case, file ?? '', () => run(what as Case, url ?? '', file ?? ''))
else await compareAll(Number(process.argv.at(-1)) || 100_000)

async function compareAll(count: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-ingest-'))
  const server = await startPostgres({ dir: join(dir, 'postgres'), durable: false })
  try {
    const rows = Array.from({ length: count }, (_, n) => buildRow(n))
    await writeFile(join(dir, 'csv'), [HEADER, ...rows].map((cells) => cells.join(';')).join('\n'))
    await writeFile(join(dir, 'xlsx'), zip(workbookParts([HEADER, ...rows])))
    const measured: Parameters<typeof printRatios>[0] = {}
    for (const name of CASES) {
      await migrate({ url: server.url, folder: join(import.meta.dirname, '../../migrations') })
      const path = join(dir, name === 'xlsx' ? 'xlsx' : 'csv')
      measured[name] = await measureInChild(['ingest', name, server.url, path], LEAN_HEAP)
      await empty(server.url)
    }
    printRatios(measured, ['parse', 'copy'])
  } finally {
    await server.close()
    await rm(dir, { recursive: true })
  }
}

function buildRow(n: number): string[] {
  return [
    `Firma ${n} Sanayi ve Ticaret A.Ş.`,
    `https://www.firma${n}.com.tr/`,
    `info@firma${n}.com.tr`,
    'İstanbul',
    `+90 212 ${1_000_000 + n}`,
    'Yazılım',
  ]
}

async function empty(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('truncate companies, raw_leads, imports cascade')
  await client.end()
}

function run(name: Case, url: string, path: string): Promise<number> {
  if (name === 'parse') return parseRows(path)
  return name === 'copy' ? copyRows(url, path) : importRows(url, path)
}

async function parseRows(path: string): Promise<number> {
  let rows = -1 // the header
  for await (const _ of createReadStream(path).pipe(parse({ delimiter: ';' }))) rows += 1
  return rows
}

async function copyRows(url: string, path: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('create temp table list (a text, b text, c text, d text, e text, f text)')
  const copy = client.query(copyFrom(`copy list from stdin with (format csv, header, delimiter ';')`))
  await pipeline(createReadStream(path), copy)
  await client.end()
  return copy.rowCount
}

async function importRows(url: string, path: string): Promise<number> {
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: 0 })
  const deps = { db, clock: systemClock, newId: v7 }
  const importId = await createImport(deps, { keyid: null, actor: 'bench' })
  await runImport(deps, { importId, openList: () => readList(path) })
  const { accepted } = await getImport(db, importId)
  await closeDatabase(db)
  return accepted
}
