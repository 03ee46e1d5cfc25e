/** A failure of the proof's environment says nothing about the backup: its last proof stays, and the run fails. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import { showBackup } from '#backups/store/catalog'
import type { AnyManifest, Manifest } from '#backups/format/manifest'
import { getTemplateName } from '#backups/proof/pglite-template'
import { verifyBackup } from '#backups/proof/verify'
import { runCheck } from '#backups/proof/checks'
import { dumpSqlite } from '#backups/sqlite/dump'
import { withSqlite } from '#backups/sqlite/file'
import { AppError } from '#platform/errors'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, serverUrl } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, runSql, SOURCE, TOOL_VERSION } from '../fixtures.ts'
import { boundProofOf } from '../made-up.ts'

let storage: TestStore
let dir: string
/** Proves the backup before the failure. */
let manifest: Manifest
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  dir = await mkdtemp(join(tmpdir(), 'hunter-proof-faults-'))
  manifest = await backUp()
  await storage.store.putJson(buildBackupKeys(SOURCE, manifest.id).proof, boundProofOf(manifest))
})
afterAll(async () => {
  await storage.close()
  await rm(dir, { recursive: true, force: true })
})

/** Fails with any SQLSTATE, but never in the source database. */
const FAILING = (database: string) =>
  `CREATE FUNCTION failing(code text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF current_database() <> '${database}' THEN RAISE 'at its end' USING ERRCODE = code; END IF; RETURN true; END $$`

async function backUp(sql = ''): Promise<Manifest> {
  const database = await createTestDatabase()
  await runSql(database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one')`)
  await runSql(database.url, FAILING(new URL(database.url).pathname.slice(1)))
  if (sql !== '') await runSql(database.url, sql)
  const manifest = await dump(storage.store, database.url)
  await database.drop()
  return manifest
}

type Places = Partial<Parameters<typeof verifyBackup>[0]> & { assertion?: string; as?: Manifest }

function prove({ id }: AnyManifest, { assertion, as, ...places }: Places = {}) {
  const store = as ? { ...storage.store, getJson: () => Promise.resolve(as) } : storage.store
  const assertions = assertion === undefined ? [] : [{ name: '010-mine.sql', sql: assertion }]
  const deps = { store, clock: systemClock, tempDir: tmpdir(), ...places }
  return verifyBackup(deps, { source: SOURCE, id, toolVersion: TOOL_VERSION, assertions })
}

async function stateOf({ id }: AnyManifest) {
  return (await showBackup(storage.store, { source: SOURCE, id })).state
}

const failed = (message: RegExp) => ({ code: 'PROOF_PLACE_FAILED', message: expect.stringMatching(message) })

describe('a backup that no server here can hold stays unchanged, and the error says what to do', () => {
  test.each([
    ['an extension that it lacks', { extensions: ['timescaledb'] }, /no extension timescaledb, and no scratch server/],
    [
      'more than it is trusted with',
      { rawBytes: 5_000_000_000 },
      /5000 MB,? but the embedded Postgres takes at most 4000 MB/,
    ],
    ['more than the disk has free', { rawBytes: 10 ** 15 }, /needs 2000000100 MB of disk, but only \d+ MB are free/],
  ])('%s', async (_what, size: { extensions?: string[]; rawBytes?: number }, message) => {
    const { rawBytes = manifest.object.rawBytes, extensions = [] } = size
    const database = { ...manifest.database, extensions }
    const as = { ...manifest, database, object: { ...manifest.object, rawBytes } }
    const embeddedBytesMax = rawBytes > 10 ** 12 ? Infinity : undefined
    const missing = { code: 'PROOF_PLACE_MISSING', message: expect.stringMatching(message) }
    await expect(prove(manifest, { as, embeddedBytesMax })).rejects.toMatchObject(missing)
    expect(await stateOf(manifest)).toBe('verified')
  })
})

describe('a temporary folder that refuses the proof', () => {
  test.each(['none', 'file'])('because it is %s', async (name) => {
    await writeFile(join(dir, 'file'), '')
    await expect(prove(manifest, { tempDir: join(dir, name) })).rejects.toMatchObject(failed(/ENOENT|ENOTDIR/))
    expect(await stateOf(manifest)).toBe('verified')
  })

  test('because it contains the template of another user', async () => {
    const tempDir = await mkdtemp(join(dir, 'foreign-'))
    await writeFile(join(tempDir, getTemplateName()), '')
    await expect(prove(manifest, { tempDir })).rejects.toMatchObject(failed(/belongs to another user/))
    expect(await readdir(tempDir)).toEqual([getTemplateName()])
    expect(await stateOf(manifest)).toBe('verified')
  })

  test('for a SQLite database', async () => {
    const path = join(dir, 'notes.db')
    const db = new DatabaseSync(path)
    db.exec(`CREATE TABLE notes (note); INSERT INTO notes VALUES ('one')`)
    db.close()
    const id = createBackupId(systemClock.now(), '5eed00')
    const input = { id, source: SOURCE, toolVersion: TOOL_VERSION, path, sameDatabase: true }
    const deps = { store: storage.store, clock: systemClock, tempDir: dir }
    const copied = await dumpSqlite(deps, { ...input, codec: 'gzip' })
    expect(await prove(copied)).toMatchObject({ verified: true })
    await expect(prove(copied, { tempDir: join(dir, 'none') })).rejects.toMatchObject(failed(/ENOENT/))
    expect(await stateOf(copied)).toBe('verified')
  })
})

describe('a server out of resources', () => {
  test.runIf(isThorough)('while it restores', async () => {
    const other = await backUp(`CREATE MATERIALIZED VIEW seen AS SELECT public.failing('53100')`)
    await expect(prove(other)).rejects.toMatchObject(failed(/at its end/))
    expect(await stateOf(other)).toBe('unproven')
  })

  test('in an assertion', async () => {
    const onServer = { embeddedBytesMax: 1, scratchUrl: serverUrl() }
    const proving = prove(manifest, { ...onServer, assertion: `SELECT failing('53100')` })
    await expect(proving).rejects.toMatchObject(failed(/at its end/))
    expect(await stateOf(manifest)).toBe('verified')
  })
})

describe('a failed check', () => {
  const failing = (error: unknown) => runCheck('any', 3, () => Promise.reject(error))

  test.each(['53100', '53200', '58030', 'XX000'])('with SQLSTATE %s is a fault of the environment', async (code) => {
    await expect(failing(Object.assign(new Error('words'), { code }))).rejects.toMatchObject(failed(/words/))
  })

  test.each(['22012', '42501', '58P01'])('with SQLSTATE %s is a fault of the backup', async (code) => {
    expect(await failing(Object.assign(new Error('words'), { code }))).toMatchObject({ passed: false, reason: 'words' })
  })

  test('of a full disk below SQLite, or of a crashed embedded server, is a fault of the environment', async () => {
    const path = join(dir, 'full.db')
    const full = () =>
      withSqlite(path, 'write', (db) =>
        db.exec('PRAGMA max_page_count = 2; CREATE TABLE a (b); CREATE TABLE c (d); CREATE TABLE e (f)'),
      )
    await expect(runCheck('any', 3, full)).rejects.toMatchObject(failed(/the disk is full/))
    const crash = Object.assign(new Error('unreachable'), { name: 'RuntimeError' }) // WebAssembly's name for it
    await expect(failing(crash)).rejects.toMatchObject(failed(/unreachable/))
  })

  test('that found damage is never a fault of the environment', async () => {
    const cause = Object.assign(new Error('read'), { syscall: 'read' })
    const damage = new AppError('BACKUP_DAMAGED', 'other bytes', { cause })
    expect(await failing(damage)).toEqual({ name: 'any', level: 3, passed: false, reason: 'other bytes' })
    expect(await failing('thrown')).toMatchObject({ passed: false, reason: 'thrown' })
  })
})
