/** What is backed up from each version comes back: the real pg_dump sees no difference, and every table has its rows. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { runPgDump } from '#backups/postgres/pg-dump'
import type { Manifest } from '#backups/format/manifest'
import { verifyBackup } from '#backups/proof/verify'
import { restoreInto } from '#backups/restore/into-empty'
import { systemClock } from '#platform/clock'
import { dump, SOURCE, TOOL_VERSION } from '../backups/fixtures.ts'
import {
  contentOf,
  createOracleDatabase,
  type OracleDatabase,
  pgDumpTo,
  restoreWithPsql,
  setDefaults,
} from '../backups/oracle/oracle.ts'
import { ORACLE_SCHEMAS, type OracleSchema, sqlSchema } from '../backups/oracle/oracle-schemas.ts'
import { POSTGRES_17 } from '../backups/schemas/postgres17.ts'
import { POSTGRES_18 } from '../backups/schemas/postgres18.ts'
import { startTestStore, type TestStore } from '../support/backup-store.ts'
import { debianTool, hasDebianPostgres } from '../support/debian-postgres.ts'
import { serverUrl } from '../support/postgres.ts'

const major = inject('postgresMajor')
/** The major version of Debian's pg_dump, which refuses newer servers; the one compiled to WASM takes them all. */
const DEBIAN_MAJOR = 15

const SCHEMAS: OracleSchema[] = [
  ...ORACLE_SCHEMAS.filter(({ isSlow }) => !isSlow),
  ...(major >= 17 ? [sqlSchema('what Postgres 17 has', POSTGRES_17)] : []),
  ...(major >= 18 ? [sqlSchema('what Postgres 18 has', POSTGRES_18)] : []),
]

let storage: TestStore
let dir: string
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  dir = await mkdtemp(join(tmpdir(), 'hunter-versions-'))
})
afterAll(async () => {
  await storage.close()
  await rm(dir, { recursive: true, force: true })
})

describe.skipIf(!hasDebianPostgres()).each(SCHEMAS)('$name (psql must be installed)', (schema) => {
  const { fill, encoding, defaults = [] } = schema
  const made: OracleDatabase[] = []
  let source: Described
  let manifest: Manifest
  beforeAll(async () => {
    const database = await createDatabase()
    await fill(database.url, major)
    await setDefaults(database.url, defaults)
    manifest = await dump(storage.store, database.url)
    source = await described(database.url)
  })
  afterAll(() => Promise.all(made.map((database) => database.drop())))

  async function createDatabase(): Promise<OracleDatabase> {
    const name = `oracle_${randomBytes(4).toString('hex')}`
    const database = await createOracleDatabase(serverUrl(), name, encoding)
    made.push(database)
    return database
  }

  test('comes back by psql, byte for byte what pg_dump says', async () => {
    const copy = await createDatabase()
    await setDefaults(copy.url, defaults)
    await restoreWithPsql(debianTool('psql'), storage.store, manifest, copy.url)
    expect(await described(copy.url)).toEqual(source)
  })

  test('comes back by our own restore, byte for byte what pg_dump says', async () => {
    const copy = await createDatabase()
    await setDefaults(copy.url, defaults)
    const input = { source: SOURCE, id: manifest.id, databaseUrl: copy.url }
    await restoreInto({ store: storage.store, clock: systemClock }, input)
    expect(await described(copy.url)).toEqual(source)
  })

  test('is verified in the embedded Postgres', async () => {
    const input = { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION }
    const proof = await verifyBackup({ store: storage.store, clock: systemClock, tempDir: dir }, input)
    expect(proof.checks.filter(({ passed }) => !passed)).toEqual([])
    expect(proof).toMatchObject({ verified: true, level: 4 })
  })
})

interface Described {
  contents: Record<string, string>
  pgDump: string
  debianPgDump: string
}

/** Describes a database without its own settings, which none of the tools restores. */
async function described(url: string): Promise<Described> {
  await setDefaults(url, [])
  const contents = await contentOf(url)
  const { sql } = await runPgDump(url, [])
  if (major > DEBIAN_MAJOR) return { contents, pgDump: sql, debianPgDump: '' }
  const file = join(dir, 'dump.sql')
  await pgDumpTo(debianTool('pg_dump'), url, file)
  return { contents, pgDump: sql, debianPgDump: await readFile(file, 'utf8') }
}
