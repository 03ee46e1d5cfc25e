import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Assertion, readAssertions } from '#backups/proof/assertions'
import type { Manifest } from '#backups/format/manifest'
import { getTemplateName, provideTemplate } from '#backups/proof/pglite-template'
import { buildBackupKeys } from '#backups/format/object-keys'
import { requireVerified, verifyBackup } from '#backups/proof/verify'
import { sweepScratchServer } from '#backups/postgres/scratch-database'
import type { OnRestore } from '#backups/restore/progress'
import { openWorkDir } from '#backups/store/temp-dir'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { childrenOf } from '../../support/child-processes.ts'
import { createTestDatabase, serverUrl } from '../../support/postgres.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION, withClient } from '../fixtures.ts'
import { NASTY_ROWS, NASTY_SCHEMA } from '../nasty-schema.ts'

let storage: TestStore
let nasty: Manifest
let notes: Manifest

beforeAll(async () => {
  storage = await startTestStore(systemClock)
  const first = await createTestDatabase()
  await withClient(first.url, (client) => client.query(NASTY_SCHEMA))
  await runSql(first.url, NASTY_ROWS)
  nasty = await dump(storage.store, first.url)
  await first.drop()
  const second = await createTestDatabase()
  await runSql(second.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
  notes = await dump(storage.store, second.url)
  await second.drop()
})
afterAll(() => storage.close())

interface Options {
  limitMs?: number
  deadline?: Date
  embeddedBytesMax?: number
  scratchUrl?: string
  assertions?: Assertion[]
  onProgress?: OnRestore
}

function prove({ id }: Manifest, { assertions = [], ...places }: Options = {}) {
  const deps = { store: storage.store, clock: systemClock, tempDir: tmpdir(), ...places }
  return verifyBackup(deps, { source: SOURCE, id, toolVersion: TOOL_VERSION, assertions })
}

async function scratchDatabases(): Promise<string[]> {
  const sql = `SELECT datname FROM pg_database WHERE datname LIKE 'hunter_proof_%'`
  return (await rowsOf<{ datname: string }>(serverUrl(), sql)).map(({ datname }) => datname)
}

const inAnHour = () => new Date(systemClock.now().getTime() + 3_600_000)

function scratchNameOf({ id }: Manifest): string {
  return `hunter_proof_${id.toLowerCase().replace('-', '_')}`
}

describe('what is too large for the embedded Postgres is proven on a scratch server', () => {
  const onServer = () => ({ embeddedBytesMax: 1, scratchUrl: serverUrl() })

  test('with the same checks, in a database that the proof drops', async () => {
    const proof = await prove(nasty, onServer())
    expect(proof).toMatchObject({ level: 4, verified: true, restoredInto: expect.stringMatching(/^Postgres \d/) })
    expect(proof.checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['fingerprints', 'catalog']))
    expect(await scratchDatabases()).toEqual([])
  })

  test.runIf(isThorough)('after dropping the database of a killed proof, beside a running one', async () => {
    const dead = 'hunter_proof_20200101t000000z_0dead0'
    const alive = 'hunter_proof_20200101t000000z_00a11e'
    await runSql(serverUrl(), [dead, alive, scratchNameOf(notes)].map((n) => `CREATE DATABASE ${n}`).join(';\n'))
    await withClient(serverUrl(), async (other) => {
      await other.query(`SELECT pg_advisory_lock(hashtextextended('hunter ${alive}', 0))`)
      expect(await prove(notes, onServer())).toMatchObject({ verified: true })
      expect(await scratchDatabases()).toEqual([alive])
    })
    await prove(notes, onServer())
    expect(await scratchDatabases()).toEqual([])
  })

  test.runIf(isThorough)('once at a time', async () => {
    const [one, other] = await Promise.allSettled([prove(nasty, onServer()), prove(nasty, onServer())])
    const [won, lost] = one.status === 'fulfilled' ? [one, other] : [other, one]
    expect(won).toMatchObject({ value: { verified: true } })
    expect(lost).toMatchObject({ reason: { code: 'RESTORE_TARGET_IN_USE' } })
  })

  test.runIf(isThorough)(
    'until its deadline: then its database is dropped, and the backup stays unproven',
    async () => {
      const deadline = systemClock.now()
      await expect(prove(nasty, { ...onServer(), deadline })).rejects.toMatchObject({
        code: 'PROOF_TIMED_OUT',
        message: expect.stringMatching(/^the proof of backup \S+ was stopped after 0\.0 min while /),
      })
      expect(await scratchDatabases()).toEqual([])
      expect(await storage.store.getJson(buildBackupKeys(SOURCE, nasty.id).proof)).toMatchObject({ verified: true }) // stored by the test above
      expect(await prove(notes, { ...onServer(), deadline: inAnHour() })).toMatchObject({ verified: true })
    },
  )

  test.runIf(isThorough)(
    'which a caller can clean up: the database of a dead proof is dropped, that of a running one stays',
    async () => {
      const dead = 'hunter_proof_20200101t000000z_0dead0'
      const alive = 'hunter_proof_20200101t000000z_00a11e'
      const other = 'hunter_proof_of_somebody_else'
      await runSql(serverUrl(), [dead, alive, other].map((n) => `CREATE DATABASE ${n}`).join(';\n'))
      await withClient(serverUrl(), async (session) => {
        await session.query(`SELECT pg_advisory_lock(hashtextextended('hunter ${alive}', 0))`)
        expect(await sweepScratchServer(serverUrl())).toEqual([dead])
      })
      expect(await sweepScratchServer(serverUrl())).toEqual([alive])
      expect(await scratchDatabases()).toEqual([other])
      await runSql(serverUrl(), `DROP DATABASE ${other}`)
    },
  )

  test.runIf(isThorough)('which may sleep: the proof waits until it answers', async () => {
    const { hostname, port } = new URL(serverUrl())
    const calls: Socket[] = []
    const sleepy = createServer((socket) => {
      calls.push(socket)
      socket.on('error', () => undefined)
      if (calls.length > 2) socket.pipe(connect(Number(port), hostname)).pipe(socket)
      else setImmediate(() => vi.advanceTimersByTime(10_000))
    }).listen(0, '127.0.0.1')
    await once(sleepy, 'listening')
    const url = new URL(serverUrl())
    url.host = `127.0.0.1:${(sleepy.address() as AddressInfo).port}`
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      expect(await sweepScratchServer(url.href)).toEqual([])
      expect(calls).toHaveLength(3)
    } finally {
      vi.useRealTimers()
      sleepy.close()
    }
  })

  test('which proves nothing if it does not answer', async () => {
    const scratchUrl = 'postgres://nobody@127.0.0.1:1/none'
    await expect(prove(notes, { embeddedBytesMax: 1, scratchUrl })).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    })
  })
})

/** As wide as an int8: passed by value on a 64-bit server, and by reference in WebAssembly. */
const WIDE_TYPE = `
  CREATE TYPE wide;
  CREATE FUNCTION wide_in(cstring) RETURNS wide LANGUAGE internal IMMUTABLE STRICT AS 'int8in';
  CREATE FUNCTION wide_out(wide) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int8out';
  CREATE TYPE wide (INPUT = wide_in, OUTPUT = wide_out, LIKE = int8);
  CREATE TABLE numbers (n wide); INSERT INTO numbers VALUES ('12345678901')`
/** Runs only in the embedded Postgres, whose single database has this name. */
const WHEN_EMBEDDED = (statement: string) =>
  `CREATE FUNCTION tried() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF current_database() = 'postgres' THEN ${statement} END IF; RETURN true; END $$;
   CREATE MATERIALIZED VIEW seen AS SELECT public.tried()`

const embedded = () => childrenOf(process.pid, 'pglite-child')

/** Sends a crash signal to the embedded Postgres once rows are on their way. */
function crashEmbedded(): OnRestore {
  let crashing: Promise<void> | undefined
  return ({ bytes = 0 }) => {
    if (bytes > 0) crashing ??= embedded().then((pids) => pids.forEach((pid) => process.kill(pid, 'SIGSEGV')))
  }
}

async function backUp(sql: string): Promise<Manifest> {
  const database = await createTestDatabase()
  await withClient(database.url, (client) => client.query(sql))
  const manifest = await dump(storage.store, database.url)
  await database.drop()
  return manifest
}

describe('what the embedded Postgres of the same version refuses', () => {
  test.runIf(isThorough)(
    'is proven on a scratch server, and the proof says why; without one the error gives the remedy',
    async () => {
      const manifest = await backUp(WIDE_TYPE)
      const alone = await prove(manifest)
      expect(alone).toMatchObject({ verified: false, level: 2 })
      expect(alone.checks.at(-1)?.reason).toMatch(
        /internal size 8 is invalid.*lacks a part.*may pass on a scratch server \(--scratch\)/,
      )
      const onServer = await prove(manifest, { scratchUrl: serverUrl() })
      expect(onServer).toMatchObject({ verified: true, level: 4, restoredInto: expect.stringMatching(/^Postgres/) })
      const restored = onServer.checks.find(({ name }) => name === 'restored')
      expect(restored?.reason).toMatch(
        /^on the scratch server: PGlite, .* lacks a part of a server \(.*internal size 8/,
      )
    },
  )

  test.runIf(isThorough)('for lack of memory is proven there, too', async () => {
    const manifest = await backUp(WHEN_EMBEDDED(`RAISE 'no memory is left' USING ERRCODE = '53200';`))
    await expect(prove(manifest)).rejects.toMatchObject({
      code: 'PROOF_PLACE_FAILED',
      message: expect.stringContaining('no memory is left'),
    })
    const onServer = await prove(manifest, { scratchUrl: serverUrl() })
    expect(onServer).toMatchObject({ verified: true, restoredInto: expect.stringMatching(/^Postgres/) })
    expect(onServer.checks.find(({ name }) => name === 'restored')?.reason).toMatch(/no memory is left/)
  })

  test.runIf(isThorough)(
    'because its process crashes is proven there, too; without a scratch server the proof fails and says so',
    async () => {
      const rows = 'CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS n;'
      const manifest = await backUp(`${rows} ${WHEN_EMBEDDED('LOOP END LOOP;')}`)
      await expect(prove(manifest, { onProgress: crashEmbedded() })).rejects.toMatchObject({
        code: 'PROOF_PLACE_FAILED',
        message: expect.stringContaining('the process of the embedded Postgres crashed (SIGSEGV)'),
      })
      const onServer = await prove(manifest, { onProgress: crashEmbedded(), scratchUrl: serverUrl() })
      expect(onServer).toMatchObject({ verified: true, level: 4, restoredInto: expect.stringMatching(/^Postgres/) })
      expect(onServer.checks.find(({ name }) => name === 'restored')?.reason).toMatch(/crashed \(SIGSEGV\)/)
      expect(await embedded()).toEqual([])
    },
  )

  test.runIf(isThorough)(
    'because it never ends is stopped at the deadline, and leaves no process or folder',
    async () => {
      const tempDir = await mkdtemp(join(tmpdir(), 'hunter-endless-'))
      const { id } = await backUp(WHEN_EMBEDDED('LOOP END LOOP;'))
      const deps = { store: storage.store, clock: systemClock, tempDir, limitMs: 2_000, scratchUrl: serverUrl() }
      await expect(verifyBackup(deps, { source: SOURCE, id, toolVersion: TOOL_VERSION })).rejects.toMatchObject({
        code: 'PROOF_TIMED_OUT',
        message: expect.stringMatching(new RegExp(`^the proof of backup ${id} was stopped after 0\\.\\d min while `)),
      })
      const left = async () => (await readdir(tempDir)).filter((name) => name.startsWith('hunter-proof-'))
      await expect.poll(left).toEqual([]) // a slower removal continues unattended
      expect(await embedded()).toEqual([])
      expect(await storage.store.getJson(buildBackupKeys(SOURCE, id).proof)).toBeUndefined()
      expect(await scratchDatabases()).toEqual([])
      await rm(tempDir, { recursive: true, force: true })
    },
  )
})

test.runIf(isThorough)(
  'rows in an encoding that the embedded Postgres refuses are proven on a scratch server; without one the error says so',
  async () => {
    const latin = await createTestDatabase(`TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`)
    await runSql(
      latin.url,
      `CREATE TABLE letters (t text CHECK (octet_length(t) = 1));\nINSERT INTO letters VALUES ('ä')`,
    )
    const manifest = await dump(storage.store, latin.url)
    await latin.drop()
    const alone = await prove(manifest)
    expect(alone).toMatchObject({ verified: false, level: 2 })
    expect(alone.checks.at(-1)?.reason).toMatch(
      /violates check constraint "letters_t_check" \(PGlite, .* is not Postgres \d+ with LATIN1; the proof may pass on a scratch server/,
    )
    const onServer = await prove(manifest, { scratchUrl: serverUrl() })
    expect(onServer).toMatchObject({ verified: true, level: 4, restoredInto: expect.stringMatching(/^Postgres \d/) })
  },
)

describe("the owner's assertions", () => {
  const embeddedPlace = ['the embedded Postgres', (): Options => ({})] as const
  const server = ['a scratch server', (): Options => ({ embeddedBytesMax: 1, scratchUrl: serverUrl() })] as const

  test.runIf(isThorough).each([server, embeddedPlace])(
    'that are true raise the proof to level 5, in %s',
    async (_name, place) => {
      const assertions = [
        { name: '010-notes.sql', sql: 'SELECT count(*) = 2 FROM notes;\n' },
        { name: '020-session.sql', sql: 'SELECT true AS fine' },
      ]
      const proof = await prove(notes, { assertions, ...place() })
      expect(proof).toMatchObject({ level: 5, verified: true })
      expect(proof.checks.slice(-2)).toEqual([
        { name: '010-notes.sql', level: 5, passed: true },
        { name: '020-session.sql', level: 5, passed: true },
      ])
    },
  )

  test.each(sampleOf([embeddedPlace, server]))(
    'that are false, return anything else or would write fail the proof, in %s',
    async (_name, place) => {
      const assertions = [
        ['false', 'SELECT count(*) > 2 FROM notes'],
        ['null', 'SELECT max(note) > NULL FROM notes'],
        ['nothing', `SELECT true FROM notes WHERE note = 'none'`],
        ['text', `SELECT 'true'`],
        ['rows', 'SELECT true FROM notes'],
        ['columns', 'SELECT true AS a, true AS b'],
        ['writes', 'INSERT INTO notes VALUES (1) RETURNING true'],
        ['broken', 'SELEC'],
        ['good', 'SELECT count(*) = 2 FROM notes'],
      ].map(([name = '', sql = '']) => ({ name, sql }))
      const proof = await prove(notes, { assertions, ...place() })
      expect(proof).toMatchObject({ level: 4, verified: false })
      const reasons = Object.fromEntries(proof.checks.filter(({ level }) => level === 5).map((c) => [c.name, c.reason]))
      expect(reasons).toEqual({
        false: 'false answered false instead of true',
        null: 'null answered null instead of true',
        nothing: 'nothing answered nothing instead of true',
        text: 'text answered "true" instead of true',
        rows: 'rows answered 2 values instead of true',
        columns: 'columns answered 2 values instead of true',
        writes: expect.stringContaining('read-only transaction'),
        broken: expect.stringContaining('syntax error'),
        good: undefined,
      })
      expect(() => requireVerified(proof)).toThrowError(expect.objectContaining({ code: 'BACKUP_UNPROVEN' }))
    },
  )

  test('are the SQL files of a folder, in the order of their names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hunter-assertions-'))
    await writeFile(join(folder, '020-b.sql'), 'SELECT 2')
    await writeFile(join(folder, '010-a.sql'), 'SELECT 1')
    await writeFile(join(folder, 'README.md'), 'not one')
    expect(await readAssertions(folder)).toEqual([
      { name: '010-a.sql', sql: 'SELECT 1' },
      { name: '020-b.sql', sql: 'SELECT 2' },
    ])
    expect(await readAssertions(join(folder, 'none'))).toEqual([])
    await rm(folder, { recursive: true })
  })
})

describe('temporary folders of proofs', () => {
  test('of dead processes are removed by the next proof, those of running ones stay', async () => {
    const tempDir = await mkdtemp(join(tmpdir(), 'hunter-work-'))
    const child = spawn('true')
    await once(child, 'exit')
    const living = [`hunter-proof-${process.ppid}-living`, 'hunter-proof-notes', 'somebody-elses']
    for (const name of [`hunter-proof-${child.pid}-dead`, ...living]) await mkdir(join(tempDir, name))
    const first = await openWorkDir(tempDir)
    const second = await openWorkDir(tempDir)
    const expected = [...living, basename(first), basename(second)]
    expect(new Set(await readdir(tempDir))).toEqual(new Set(expected))
    await rm(tempDir, { recursive: true })
  })

  test.runIf(isThorough)(
    'have one template even if two processes create it at the same time; that of another user is refused',
    async () => {
      const tempDir = await mkdtemp(join(tmpdir(), 'hunter-template-'))
      const workDirs = await Promise.all([openWorkDir(tempDir), openWorkDir(tempDir)])
      const template = join(tempDir, getTemplateName())
      const provided = await Promise.all(workDirs.map((workDir) => provideTemplate({ tempDir, workDir })))
      expect(provided).toEqual([template, template])
      expect(await readdir(template)).toEqual(expect.arrayContaining(['PG_VERSION']))
      await rm(template, { recursive: true })
      await writeFile(template, '')
      const workDir = await openWorkDir(tempDir)
      await expect(provideTemplate({ tempDir, workDir })).rejects.toThrow('belongs to another user')
      await rm(tempDir, { recursive: true })
    },
  )
})
