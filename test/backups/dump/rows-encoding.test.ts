/** Tests bytes that UTF-8 cannot represent, from dump to restore, on the newest server and on Debian's Postgres 15. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { restoreTables } from '#backups/restore/tables'
import { systemClock } from '#platform/clock'
import { getErrorMessage } from '#platform/errors'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import {
  type DebianPostgres,
  debianTool,
  hasDebianPostgres,
  startDebianPostgres,
} from '../../support/debian-postgres.ts'
import { serverUrl } from '../../support/postgres.ts'
import { makeProofFolder } from '../../support/proof-folder.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION } from '../fixtures.ts'
import { createOracleDatabase, type OracleDatabase, restoreWithPsql } from '../oracle/oracle.ts'

let storage: TestStore
let debian: DebianPostgres | undefined
let tempDir: string
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  debian = isThorough && hasDebianPostgres() ? await startDebianPostgres() : undefined
  tempDir = await makeProofFolder()
})
afterAll(async () => {
  await Promise.all([storage.close(), debian?.close()])
  await rm(tempDir, { recursive: true, force: true })
})

const newName = () => `encoding_${randomBytes(6).toString('hex')}`

/** Each byte from 0x80 alone, and between letters of its own and of UTF-8, as old databases have them. */
const ALL_BYTES = `
  CREATE TABLE notes (id int PRIMARY KEY, t text UNIQUE CHECK (octet_length(t) = 1), many varchar(9)[]);
  INSERT INTO notes SELECT n, chr(n), ARRAY['a' || chr(n) || 'ş', chr(n)] FROM generate_series(128, 255) n;
  CREATE TABLE "ş" (t text DEFAULT 'ğ');
  INSERT INTO "ş" VALUES (DEFAULT), (E'\\xff\\x0a\\t\\\\.');
  CREATE MATERIALIZED VIEW first AS SELECT t FROM notes WHERE id < 140`

/** A character of the encoding that has no equivalent in UTF-8. */
const OWN_BYTES = (escaped: string) => `
  CREATE TABLE notes (id int PRIMARY KEY, t text);
  INSERT INTO notes VALUES (1, 'plain'), (2, E'${escaped}')`

const CASES = [
  { encoding: 'SQL_ASCII', fill: ALL_BYTES, refusal: /with SQL_ASCII; the proof may pass on a scratch server/ },
  { encoding: 'WIN1254', fill: OWN_BYTES('\\x81'), refusal: /rows in WIN1254/ },
  { encoding: 'EUC_JP', fill: OWN_BYTES('\\xfd\\xfe'), refusal: /rows in EUC_JP/ },
]

const SERVERS = [
  ['the newest server', serverUrl, true],
  ["Debian's Postgres 15", () => debian?.url ?? '', hasDebianPostgres()],
] satisfies [string, () => string, boolean][]

describe.each(sampleOf(SERVERS))('on %s', (_name, url, isThere) => {
  test.skipIf(!hasDebianPostgres() || !isThorough).each(CASES)(
    'psql restores every byte of $encoding',
    async (each) => {
      await withSource(url(), each, async ({ manifest, before }) => {
        const copy = await createOracleDatabase(url(), newName(), each.encoding)
        await restoreWithPsql(debianTool('psql'), storage.store, manifest, copy.url)
        expect(await bytesIn(copy.url)).toEqual(before)
        await copy.drop()
      })
    },
  )

  test.skipIf(!isThere).each(sampleOf(CASES))('every byte of $encoding is proven and comes back', async (each) => {
    await withSource(url(), each, async ({ source, manifest, before }) => {
      expect(new Set(selectTableMembers(manifest).map(({ encoding }) => encoding))).toEqual(new Set([each.encoding]))
      const proof = await prove(manifest, url())
      expect(proof.checks.filter(({ passed }) => !passed)).toEqual([])
      expect(proof).toMatchObject({ verified: true, level: 4, restoredInto: expect.stringMatching(/^Postgres \d/) })

      const deps = { store: storage.store, clock: systemClock }
      const input = { source: SOURCE, id: manifest.id, databaseUrl: source.url }
      await restoreTables(deps, { ...input, tables: ['notes'], as: 'again' })
      expect(await bytesIn(source.url, 'again')).toEqual(before)
      await expectRefusedInUtf8(url(), manifest)
      await runSql(source.url, 'DELETE FROM notes')
      const { keptAs } = await restoreBackup(deps, input)
      expect(await bytesIn(source.url)).toEqual(before)
      await runSql(url(), `DROP DATABASE "${keptAs}"`)
    })
  })
})

test.runIf(isThorough).each(CASES)(
  'without a scratch server, $encoding stays unproven and the proof says why',
  async (each) => {
    await withSource(serverUrl(), each, async ({ manifest }) => {
      const proof = await prove(manifest).catch(getErrorMessage)
      const said = typeof proof === 'string' ? proof : proof.checks.find(({ passed }) => !passed)?.reason
      expect(said).toMatch(each.refusal)
    })
  },
)

interface Dumped {
  source: OracleDatabase
  manifest: Manifest
  before: unknown[]
}

async function withSource(
  url: string,
  { encoding, fill }: (typeof CASES)[number],
  work: (dumped: Dumped) => Promise<void>,
): Promise<void> {
  const source = await createOracleDatabase(url, newName(), encoding)
  try {
    await runSql(source.url, fill)
    await work({ source, manifest: await dump(storage.store, source.url), before: await bytesIn(source.url) })
  } finally {
    await source.drop()
  }
}

function prove(manifest: Manifest, scratchUrl?: string) {
  const onServer = scratchUrl === undefined ? {} : { scratchUrl, embeddedBytesMax: 1 }
  const deps = { store: storage.store, clock: systemClock, tempDir, ...onServer }
  return verifyBackup(deps, { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION })
}

/** A UTF-8 database never receives invalid bytes. */
async function expectRefusedInUtf8(url: string, { id }: Manifest): Promise<void> {
  const target = await createOracleDatabase(url, newName())
  const input = { source: SOURCE, id, databaseUrl: target.url, tables: ['notes'], as: 'notes' }
  await expect(restoreTables({ store: storage.store, clock: systemClock }, input)).rejects.toMatchObject({
    code: 'RESTORE_FAILED',
    message: expect.stringMatching(/invalid byte sequence for encoding "UTF8"|has no equivalent in encoding "UTF8"/),
  })
  await target.drop()
}

async function bytesIn(databaseUrl: string, table = 'notes') {
  return rowsOf(
    databaseUrl,
    `SELECT encode(convert_to(n::text, getdatabaseencoding()), 'hex') AS row FROM ${table} n ORDER BY id`,
  )
}

test.runIf(isThorough)('the embedded Postgres proves rows of SQL_ASCII that are valid UTF-8', async () => {
  const source = await createOracleDatabase(serverUrl(), newName(), 'SQL_ASCII')
  await runSql(source.url, `CREATE TABLE notes (t text);\nINSERT INTO notes VALUES ('plain ş')`)
  const manifest = await dump(storage.store, source.url)
  await source.drop()
  expect(await prove(manifest)).toMatchObject({
    verified: true,
    level: 4,
    restoredInto: expect.stringMatching('PGlite'),
  })
})

const unreadable: [string, string][] = [
  ['a name of a table', `DO $$ BEGIN EXECUTE 'CREATE TABLE "' || chr(255) || '" (a int)'; END $$`],
  ['a comment', `CREATE TABLE t (a int);\nCOMMENT ON TABLE t IS E'\\xff'`],
  ['a default', `CREATE TABLE t (a text DEFAULT E'\\xff')`],
  [
    'a function',
    `DO $$ BEGIN EXECUTE 'CREATE FUNCTION f() RETURNS text LANGUAGE sql AS ''SELECT ''''' || chr(255) || ''''''''; END $$`,
  ],
]

test.each(sampleOf(unreadable))(
  '%s that is not UTF-8 is refused with a reason, and nothing is left behind',
  async (_name, sql) => {
    const source = await createOracleDatabase(serverUrl(), newName(), 'SQL_ASCII')
    await runSql(source.url, sql)
    await expect(dump(storage.store, source.url)).rejects.toMatchObject({
      code: 'BACKUP_UNSUPPORTED',
      message: expect.stringMatching(
        /contains bytes that are not UTF-8.*redefine that object .*invalid byte sequence.*0xff/,
      ),
    })
    expect(await storage.openUploads()).toEqual([])
    await source.drop()
  },
)

test('an encoding without a conversion to UTF-8 is refused by name, with a remedy', async () => {
  const source = await createOracleDatabase(serverUrl(), newName(), 'MULE_INTERNAL')
  await expect(dump(storage.store, source.url)).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
    message: expect.stringMatching(
      /does not support the sessions that a backup needs in .*MULE_INTERNAL.*\(its encoding cannot be read/,
    ),
  })
  await source.drop()
})
