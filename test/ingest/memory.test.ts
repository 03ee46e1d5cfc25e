/** The memory of imports and exports does not grow with their rows. A heap that held all rows would end these processes. */
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '#db/client'
import { LEAN_HEAP } from '#deployment/functions'
import { seedLeads } from '#local/seed/seed-leads'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { multiplyLeads } from '../support/many-leads.ts'
import { sampleOf } from '../support/thorough.ts'
import { sheetXml, workbookParts, zip } from '../support/zip.ts'

/** Loaded code takes about 25 MB of it. The rows below take twice that as characters alone. */
const HEAP_MB = 44
const RSS_BYTES_MAX = 256_000_000
const ROWS = 8_000
const LEADS = 4_000
/** The machine may be busy. */
const TIMEOUT_MS = 300_000

let database: HunterDatabase
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hunter-memory-'))
  database = await createHunterDatabase()
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

/** Most rows are refused, because an import names those at its end; the long cell would stay with the short one. */
function* buildRows(): Generator<string[]> {
  yield ['Web Sitesi', 'Açıklama']
  for (let n = 0; n < ROWS; n += 1) {
    const hash = createHash('sha512').update(String(n)).digest('hex')
    yield [n % 100 === 0 ? `firma${n}.com.tr` : `adresi belli değil ${n}`, `ş${hash.repeat(16)}`]
  }
}

async function run(...args: string[]): Promise<unknown> {
  const execArgv = [...LEAN_HEAP, `--max-old-space-size=${HEAP_MB}`]
  const child = fork(join(import.meta.dirname, '../support/lean-process.ts'), args, { execArgv, silent: true })
  let said: unknown
  child.on('message', (message) => (said = message))
  const [status] = (await once(child, 'exit')) as [number | null]
  return said ?? `the process ended with ${status}`
}

const small = (rows: number) => ({
  rows,
  peakBytes: expect.toSatisfy((bytes: number) => bytes < RSS_BYTES_MAX) as number,
})

/** Eight columns of 480 characters for each lead. */
async function addWords(db: Database): Promise<void> {
  await db.execute(sql`
    insert into listed_companies (company_id, fields, search_text, updated_at)
    select id, (select jsonb_agg(jsonb_build_object('name', 'ş' || n, 'value', 'ş' || repeat(md5(id || '-' || n), 15)))
                  from generate_series(1, 8) n), '', now()
      from companies`)
}

it(
  'exports leads in a heap that could not hold them',
  async () => {
    await seedLeads(database.db, { leads: 200, now: new Date('2026-11-20T00:00:00Z'), addToOthers: false })
    await multiplyLeads(database.db, LEADS / 200 - 1)
    await addWords(database.db)
    for (const format of sampleOf(['xlsx', 'csv'])) {
      expect(await run(format, database.url, join(folder, format))).toEqual(small(LEADS))
    }
  },
  TIMEOUT_MS,
)

const inline = (text: string, place: string) => `<c r="${place}" t="inlineStr"><is><t>${text}</t></is></c>`

const files: [what: string, build: () => Buffer | string][] = [
  ['a workbook', () => zip(workbookParts([], sheetXml([...buildRows()], inline)))],
  ['a CSV file', () => Array.from(buildRows(), (cells) => cells.join(';')).join('\n')],
]

it.each(sampleOf(files))(
  'imports %s in a heap that could not hold its rows',
  async (_what, build) => {
    const path = join(folder, 'list')
    await writeFile(path, build())
    expect(await run('import', database.url, path)).toEqual(small(ROWS))
  },
  TIMEOUT_MS,
)
