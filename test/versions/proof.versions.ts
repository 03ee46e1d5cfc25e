/** What the embedded Postgres refuses, since it is newer than the source or of another encoding, a scratch server proves. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { verifyBackup } from '#backups/proof/verify'
import { systemClock } from '#platform/clock'
import { dump, runSql, SOURCE, TOOL_VERSION } from '../backups/fixtures.ts'
import { startTestStore, type TestStore } from '../support/backup-store.ts'
import { createTestDatabase, serverUrl } from '../support/postgres.ts'

const major = inject('postgresMajor')
let storage: TestStore
let tempDir: string
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  tempDir = await mkdtemp(join(tmpdir(), 'hunter-versions-'))
})
afterAll(async () => {
  await storage.close()
  await rm(tempDir, { recursive: true, force: true })
})

interface Refused {
  what: string
  /** The last version that takes it. */
  until: number
  sql: string
  options?: string
  reason: RegExp
}

const REFUSED: Refused[] = [
  {
    what: 'an operator behind its operand',
    until: 13,
    sql: `CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';\nCREATE OPERATOR !!! (LEFTARG = int, FUNCTION = twice)`,
    reason: /operator right argument type must be specified/,
  },
  {
    what: 'an aggregate over any array',
    until: 13,
    sql: `CREATE AGGREGATE collected(anyelement) (SFUNC = array_append, STYPE = anyarray, INITCOND = '{}')`,
    reason: /function array_append\(anyarray, anyelement\) does not exist/,
  },
  {
    what: 'a rule on the bytes of an encoding',
    until: 18,
    sql: `CREATE TABLE letters (t text CHECK (octet_length(t) = 1));\nINSERT INTO letters VALUES ('ä')`,
    options: `TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`,
    reason: /violates check constraint "letters_t_check"/,
  },
  {
    what: 'bytes that are no text in UTF-8',
    until: 18,
    sql: `CREATE TABLE bytes (t text);\nINSERT INTO bytes VALUES ('plain ş'), (E'\\xff')`,
    options: `TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`,
    reason: /invalid byte sequence for encoding "UTF8": 0xff/,
  },
]

test.each(REFUSED.filter(({ until }) => major <= until))('$what', async ({ sql, options, reason }) => {
  const database = await createTestDatabase(options)
  await runSql(database.url, sql)
  const { id } = await dump(storage.store, database.url)
  await database.drop()
  const deps = { store: storage.store, clock: systemClock, tempDir }
  const input = { source: SOURCE, id, toolVersion: TOOL_VERSION }

  const alone = await verifyBackup(deps, input)
  expect(alone).toMatchObject({ verified: false, level: 2 })
  const failed = alone.checks.find(({ passed }) => !passed)
  expect(failed?.reason).toMatch(reason)
  expect(failed?.reason).toMatch(new RegExp(`is not Postgres ${major} with .*; the proof may pass on a scratch server`))

  const onServer = await verifyBackup({ ...deps, scratchUrl: serverUrl() }, input)
  expect(onServer.checks.filter(({ passed }) => !passed)).toEqual([])
  expect(onServer).toMatchObject({ verified: true, level: 4, restoredInto: expect.stringMatching(`Postgres ${major}`) })
})
