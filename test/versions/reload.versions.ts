/** What servers print otherwise, on each version: proven, by psql, restored there and on every later version. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Manifest } from '#backups/format/manifest'
import { verifyBackup } from '#backups/proof/verify'
import { restoreInto } from '#backups/restore/into-empty'
import { type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { systemClock } from '#platform/clock'
import { dump, runSql, SOURCE, TOOL_VERSION } from '../backups/fixtures.ts'
import { contentOf, createOracleDatabase, type OracleDatabase, restoreWithPsql } from '../backups/oracle/oracle.ts'
import { sqlFor } from '../backups/schemas/by-version.ts'
import { RELATIONS } from '../backups/schemas/relations.ts'
import { reprintedSql } from '../backups/schemas/reprinted.ts'
import { startTestStore, type TestStore } from '../support/backup-store.ts'
import { debianTool, hasDebianPostgres } from '../support/debian-postgres.ts'
import { serverUrl } from '../support/postgres.ts'
import { serverOf } from './start-server.ts'

const major = inject('postgresMajor')
const LATER = [14, 15, 16, 17, 18].filter((later) => later > major)
const SCHEMAS = [
  { name: 'what is printed otherwise', sql: reprintedSql(major) },
  { name: 'tables that depend on each other', sql: sqlFor(RELATIONS, major) },
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

const made: (OracleDatabase & { manifest: Manifest })[] = []
beforeAll(async () => {
  for (const { sql } of SCHEMAS) {
    const database = await createDatabase(serverUrl())
    await runSql(database.url, sql)
    made.push({ ...database, manifest: await dump(storage.store, database.url) })
  }
})
afterAll(() => Promise.all(made.map((database) => database.drop())))

function createDatabase(server: string): Promise<OracleDatabase> {
  return createOracleDatabase(server, `reload_${randomBytes(4).toString('hex')}`)
}

/** The tables of each schema, after a restore on the server. */
async function restoredOn(server: string): Promise<string[][]> {
  const tables: string[][] = []
  for (const { manifest } of made) {
    const copy = await createDatabase(server)
    const input = { source: SOURCE, id: manifest.id, databaseUrl: copy.url }
    await restoreInto({ store: storage.store, clock: systemClock }, input)
    tables.push(await tablesOf(copy))
    await copy.drop()
  }
  return tables
}

async function tablesOf({ url }: OracleDatabase): Promise<string[]> {
  return Object.keys(await contentOf(url))
}

const allTables = () => Promise.all(made.map(tablesOf))

test('is verified in the embedded Postgres', async () => {
  for (const { manifest } of made) {
    const input = { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION }
    const proof = await verifyBackup({ store: storage.store, clock: systemClock, tempDir: dir }, input)
    expect(proof.checks.filter(({ passed }) => !passed)).toEqual([])
    expect(proof).toMatchObject({ verified: true })
  }
})

test('is restored on its own version', async () => {
  expect(await restoredOn(serverUrl())).toEqual(await allTables())
})

test.skipIf(!hasDebianPostgres())('is restored by psql (which must be installed)', async () => {
  for (const { manifest, ...source } of made) {
    const copy = await createDatabase(serverUrl())
    await restoreWithPsql(debianTool('psql'), storage.store, manifest, copy.url)
    expect(await tablesOf(copy)).toEqual(await tablesOf(source))
    await copy.drop()
  }
})

describe.each(LATER)('on Postgres %i', (later) => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres({ dir: join(dir, `pg${later}`), durable: false, ...(await serverOf(later)) })
  })
  afterAll(() => server.close())

  test('is restored', async () => {
    expect(await restoredOn(server.url)).toEqual(await allTables())
  })
})
