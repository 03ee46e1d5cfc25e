import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BackupEntry } from '#backups/catalog'
import { backupCommand } from '#cli/backup'
import type { AnyManifest, Manifest, Proof } from '#backups/manifest'
import { withDatabase } from '#backups/session'
import { LOCAL_CREDENTIALS } from '#local/s3/server'
import { systemClock } from '#platform/clock'
import { BUCKET, startTestStore, type TestStore } from '../support/backup-store.ts'
import { hasDebianPostgres, startDebianPostgres } from '../support/debian-postgres.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import type { Finished } from '../support/run-hunter.ts'
import { runInProcess } from '../support/run-in-process.ts'
import { rowsOf, runSql } from './fixtures.ts'

const KEY = 'correct horse battery staple'
const SECRET = 'hunter2-is-the-secret'

let bucket: TestStore
let database: TestDatabase
let dir: string
let dest: string
let env: Record<string, string>
beforeAll(async () => {
  bucket = await startTestStore(systemClock)
  database = await createTestDatabase()
  await runSql(database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
  dir = await mkdtemp(join(tmpdir(), 'hunter-alone-'))
  env = {
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_S3: bucket.url,
    HUNTER_DATA_DIR: join(dir, 'no-stack'),
    NO_COLOR: '1',
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
})
beforeEach(async () => {
  dest = await mkdtemp(join(dir, 'dest-'))
})
afterEach(() => vi.stubEnv('HUNTER_BACKUP_KEY', undefined))
afterAll(async () => {
  vi.unstubAllEnvs()
  await bucket.close()
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

const hunter = (...args: string[]): Promise<Finished> => runInProcess(backupCommand, args)

interface Run {
  id: string
  source: string
  manifest: AnyManifest
  proof?: Proof
}

async function json<T>(...args: string[]): Promise<T> {
  const { status, out, err } = await hunter(...args, '--json')
  expect({ status, err }).toEqual({ status: 0, err: '' })
  return JSON.parse(out) as T
}

describe.each([
  ['a folder', () => dest],
  ['a prefix of a bucket', () => `s3://${BUCKET}/some/prefix`],
])('Postgres to %s', (_what, place) => {
  test('is backed up, proven, listed, shown, verified and restored, with no stack and no settings', async () => {
    const run = await hunter('run', '--source', database.url, '--dest', place(), '--name', 'shop')
    expect(run).toMatchObject({ status: 0, err: '' })
    expect(run.out).toMatch(/^Backed up \S+: 1 table, /)
    expect(run.out).toMatch(/proof +level 4 fingerprints equal, into PGlite/)
    expect(run.out).not.toContain('postgres://')

    const [entry] = await json<(BackupEntry & { source: string })[]>('list', '--from', place())
    expect(entry).toMatchObject({ source: 'shop', state: 'verified', readable: true })
    const id = entry?.id as string
    expect((await hunter('list', '--from', place())).out).toMatch(new RegExp(`${id} +shop +postgres .* 4 fingerprints`))
    expect((await hunter('show', id, '--from', place())).out).toMatch(/public\.notes +2 /)
    expect(await json<Proof>('verify', id, '--from', place())).toMatchObject({ verified: true, level: 4 })

    const copy = await createTestDatabase()
    const restored = await hunter('restore', id, '--from', place(), '--to', copy.url)
    expect(restored).toMatchObject({ status: 0, err: '' })
    expect(await rowsOf(copy.url, 'SELECT note FROM notes ORDER BY 1')).toEqual([{ note: 'one' }, { note: 'two' }])
    await copy.drop()
  })
})

test('the name comes from the database, and makes a key whatever it is', async () => {
  const name = `Müşteri "1"; /?#%25 ${Date.now()}`
  await runSql(database.url, `CREATE DATABASE "${name.replaceAll('"', '""')}"`)
  const url = new URL(database.url)
  url.pathname = `/${encodeURIComponent(name)}`
  const { manifest, source } = await json<Run>('run', '--source', url.href, '--dest', dest, '--no-verify')
  expect(source).toMatch(/^musteri-1-25-\d+-[0-9a-f]{6}$/)
  expect((manifest as Manifest).database.name).toBe(name)
  expect((await readdir(dest)).filter((each) => !each.startsWith('.'))).toEqual([source])
  await runSql(database.url, `DROP DATABASE "${name.replaceAll('"', '""')}"`)
})

test('--no-compress stores plain SQL, which is proven and restored as well', async () => {
  const { id, manifest, proof } = await json<Run>('run', '--source', database.url, '--dest', dest, '--no-compress')
  expect(manifest.object).toMatchObject({ codec: 'none', key: expect.stringMatching(/dump\.sql$/) })
  expect(proof).toMatchObject({ verified: true })
  expect(await readFile(join(dest, manifest.object.key), 'utf8')).toContain('COPY "public"."notes"')
  const copy = await createTestDatabase()
  expect(await hunter('restore', id, '--from', dest, '--to', copy.url)).toMatchObject({ status: 0 })
  expect(await rowsOf(copy.url, 'SELECT count(*)::int AS n FROM notes')).toEqual([{ n: 2 }])
  await copy.drop()
})

test('what the embedded Postgres cannot hold is proven on the server of --scratch, or of the setting', async () => {
  const odd = await createTestDatabase()
  await runSql(odd.url, 'CREATE EXTENSION dict_int') // there is none for the embedded one
  const args = ['run', '--source', odd.url, '--dest', dest]
  const without = await hunter(...args)
  expect(without).toMatchObject({
    status: 6,
    out: expect.stringMatching(/^Backed up [^]*proof +not yet: hunter backup verify/),
  })
  expect(without.err).toMatch(/PROOF_PLACE_MISSING[^]*no extension dict_int, and no scratch server is set[^]*--scratch/)
  expect(await json<BackupEntry[]>('list', '--from', dest)).toMatchObject([{ state: 'unproven' }])
  const proven = { verified: true, restoredInto: expect.stringMatching(/^Postgres \d/) }
  const { id, proof } = await json<Run>(...args, '--scratch', database.url)
  expect(proof).toMatchObject(proven)
  vi.stubEnv('HUNTER_PROOF_SCRATCH_URL', database.url)
  expect((await json<Run>(...args)).proof).toMatchObject(proven)
  expect(await json<Proof>('verify', id, '--from', dest)).toMatchObject(proven)
  vi.stubEnv('HUNTER_PROOF_SCRATCH_URL', undefined)
  await odd.drop()
})

test.each([
  [['--dest', 'x', '--scratch', 'mysql://host/db'], '--scratch must be a URL'],
  [['--dest', 'x', '--scratch', 'postgres://host/db', '--no-verify'], '--scratch proves, and --no-verify does not'],
  [['--scratch', 'postgres://host/db'], '--source needs --dest'],
])('run %j is refused', async (args, message) => {
  expect(await hunter('run', '--source', 'sqlite:none.db', ...args)).toMatchObject({
    status: 2,
    out: '',
    err: expect.stringContaining(message),
  })
})

test('--no-verify leaves the backup unproven, and says so', async () => {
  const run = await hunter('run', '--source', database.url, '--dest', dest, '--no-verify')
  expect(run.out).toMatch(/proof +not yet: hunter backup verify \S+ --from/)
  expect(await json<BackupEntry[]>('list', '--from', dest)).toMatchObject([{ state: 'unproven' }])
})

describe('settings', () => {
  test('are kept encrypted beside the data, and come back into a new folder', async () => {
    const file = join(dest, '..', `app-${Date.now()}.env`)
    await writeFile(file, `PASSWORD=${SECRET}`)
    vi.stubEnv('HUNTER_BACKUP_KEY', KEY)
    const args = ['--source', database.url, '--dest', dest, '--config', `${file},gone.json`]
    const { id, manifest, proof } = await json<Run>('run', ...args)
    expect(manifest.config).toMatchObject({ files: [{ encrypted: true }], warnings: ['gone.json is not there'] })
    expect(proof?.checks.at(-1)).toEqual({ name: 'settings', level: 4, passed: true })
    expect(gunzipSync(await readFile(join(dest, manifest.config?.object?.key as string))).includes(SECRET)).toBe(false)

    const out = join(dest, 'restored')
    expect(await hunter('restore', id, '--from', dest, '--config-to', out)).toMatchObject({ status: 0, err: '' })
    const [name = ''] = (await readdir(out, { recursive: true })).filter((each) => each.endsWith('.env'))
    expect(await readFile(join(out, name), 'utf8')).toBe(`PASSWORD=${SECRET}`)

    vi.stubEnv('HUNTER_BACKUP_KEY', 'not the right key at all')
    const wrong = await hunter('restore', id, '--from', dest, '--config-to', join(dest, 'other'))
    expect(wrong).toMatchObject({ status: 2, err: expect.stringContaining('BACKUP_KEY_INVALID') })
    vi.stubEnv('HUNTER_BACKUP_KEY', 'short')
    const short = await hunter('list', '--from', dest)
    expect(short).toMatchObject({ status: 2, err: expect.stringContaining('HUNTER_BACKUP_KEY must have 16') })
    expect(short.err).not.toContain('short')
  })

  test('alone, without a key: what may be secret is left out and named', async () => {
    const folder = join(dest, 'conf')
    await mkdir(folder)
    await writeFile(join(folder, '.env'), `PASSWORD=${SECRET}`)
    await writeFile(join(folder, 'app.json'), '{"port":1}')
    const place = join(dest, 'store')
    const run = await hunter('run', '--config-only', '--dest', place, '--config', folder)
    expect(run).toMatchObject({ status: 0, err: '' })
    expect(run.out).toMatch(/warning +\S+\.env was left out: it may hold secrets, and HUNTER_BACKUP_KEY is not set/)
    const [entry] = await json<(BackupEntry & { source: string })[]>('list', '--from', place)
    expect(entry).toMatchObject({ source: 'hunter-config', state: 'verified', manifest: { kind: 'config' } })
    const nothing = await hunter('run', '--config-only', '--dest', place, '--config', join(folder, '.env'))
    expect(nothing).toMatchObject({ status: 6, out: '', err: expect.stringContaining('may hold secrets') })
    expect(await json<BackupEntry[]>('list', '--from', place)).toHaveLength(1)
  })
})

describe('SQLite', () => {
  test('is backed up, proven, listed, verified and restored beside, with the old file kept', async () => {
    const path = join(dest, 'my app.db')
    const db = new DatabaseSync(path)
    db.exec(`CREATE TABLE notes (note); INSERT INTO notes VALUES ('one')`)
    const place = join(dest, 'store')
    const { id, source, proof } = await json<Run>('run', '--source', `sqlite:${path}`, '--dest', place)
    expect(source).toMatch(/^my-app-[0-9a-f]{6}$/)
    expect(proof).toMatchObject({ verified: true, restoredInto: expect.stringContaining('SQLite') })
    db.exec(`UPDATE notes SET note = 'later'`)
    db.close()
    expect((await hunter('show', id, '--from', place)).out).toMatch(/database +my app\.db, SQLite[\s\S]*notes +1 /)
    expect(await json<Proof>('verify', id, '--from', place)).toMatchObject({ verified: true })
    const restored = await hunter('restore', id, '--from', place, '--to', `sqlite:${path}`)
    expect(restored).toMatchObject({ status: 0, err: '' })
    expect(restored.out).toContain(`${path}.before-${id}`)
    const copy = new DatabaseSync(path)
    expect(copy.prepare('SELECT note FROM notes').get()).toEqual({ note: 'one' })
    copy.close()
  })

  test('that is none is named', async () => {
    await writeFile(join(dest, 'text.db'), 'no database'.repeat(100))
    for (const [path, what] of [
      [join(dest, 'text.db'), 'no database of SQLite'],
      [join(dest, 'none.db'), 'there is no file'],
      [dest, 'is not a file'],
    ] as const) {
      const run = await hunter('run', '--source', `sqlite:${path}`, '--dest', join(dest, 'store'))
      expect(run).toMatchObject({ status: 2, out: '', err: expect.stringContaining(what) })
    }
  })
})

describe('says what is wrong, shows no password, lists nothing', () => {
  const bad: [string, () => string[], number, string][] = [
    ['an unknown scheme', () => ['--source', `mysql://me:${SECRET}@host/db`, '--dest', dest], 2, 'USAGE'],
    ['no scheme', () => ['--source', 'shop', '--dest', dest], 2, 'USAGE'],
    ['no database file', () => ['--source', 'sqlite:', '--dest', dest], 2, 'USAGE'],
    ['a source without a destination', () => ['--source', database.url], 2, 'USAGE'],
    ['two contradicting options', () => ['--dest', dest, '--config-only', '--database-only'], 2, 'USAGE'],
    ['a name that is none', () => ['--source', database.url, '--dest', dest, '--name', '../up'], 2, 'USAGE'],
    ['a destination of another scheme', () => ['--source', database.url, '--dest', 'ftp://x/y'], 2, 'USAGE'],
    ['a bucket without a name', () => ['--source', database.url, '--dest', 's3://'], 2, 'USAGE'],
    ['a bucket that is not there', () => ['--source', database.url, '--dest', 's3://nobody'], 6, 'STORAGE_UNAVAILABLE'],
    ['a wrong password', () => ['--source', withPassword(SECRET), '--dest', dest], 6, 'DATABASE_UNAVAILABLE'],
    [
      'a database that is not there',
      () => ['--source', withPath('/nobody'), '--dest', dest],
      6,
      'DATABASE_UNAVAILABLE',
    ],
    [
      'a host that is not there',
      () => ['--source', `postgres://me:${SECRET}@127.0.0.1:1/x`, '--dest', dest],
      6,
      'DATABASE_UNAVAILABLE',
    ],
    ['an option that is none', () => [`--sorce=postgres://me:${SECRET}@host/db`, '--dest', dest], 2, 'USAGE'],
  ]
  test.each(bad)('%s', async (_what, args, status, code) => {
    const run = await hunter('run', ...args())
    expect(run).toMatchObject({ status, out: '' })
    expect(run.err).toContain(code)
    expect(run.err).not.toContain(SECRET)
    expect(run.err).not.toContain('    at ')
    expect(await json('list', '--from', dest)).toEqual([])
  })

  test('a destination that cannot be written', async () => {
    const file = join(dest, 'file')
    await writeFile(file, '')
    const run = await hunter('run', '--source', database.url, '--dest', join(file, 'below'))
    expect(run).toMatchObject({ status: 6, out: '', err: expect.stringContaining('STORAGE_UNAVAILABLE') })
  })

  test('a bucket that does not answer', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1')
    for (const args of [
      ['run', '--source', database.url, '--dest', `s3://${BUCKET}`],
      ['list', '--from', `s3://${BUCKET}`],
    ]) {
      const refused = await hunter(...args)
      expect(refused).toMatchObject({ status: 6, out: '', err: expect.stringContaining('STORAGE_UNAVAILABLE') })
    }
    vi.stubEnv('AWS_ENDPOINT_URL_S3', bucket.url)
  })

  test('a folder that is not there, and an id that is not in it', async () => {
    expect(await hunter('list', '--from', join(dest, 'none'))).toMatchObject({ status: 6 })
    expect(await hunter('show', '20200101T000000Z-000000', '--from', dest)).toMatchObject({ status: 4 })
    expect(await hunter('restore', '20200101T000000Z-000000', '--from', dest)).toMatchObject({ status: 4 })
  })
})

test('a damaged, truncated or empty object is never verified', async () => {
  const { id, manifest } = await json<Run>('run', '--source', database.url, '--dest', dest, '--no-verify')
  const path = join(dest, manifest.object.key)
  const { size } = await stat(path)
  for (const length of [size - 1, 0]) {
    await truncate(path, length)
    const verified = await hunter('verify', id, '--from', dest)
    expect(verified).toMatchObject({ status: 3, err: expect.stringContaining('BACKUP_DAMAGED') })
    expect(await json<BackupEntry[]>('list', '--from', dest)).toMatchObject([{ state: 'failed' }])
    const copy = await createTestDatabase()
    const restored = await hunter('restore', id, '--from', dest, '--to', copy.url)
    expect(restored).toMatchObject({ status: 3 })
    await copy.drop()
  }
})

test('killed in the middle it leaves nothing that is listed, and the next run succeeds', async () => {
  const stalled = createServer((socket) => {
    socket.on('error', () => undefined)
    relay(socket)
  })
  let held = 0
  const { host, port } = { host: '127.0.0.1', port: Number(new URL(database.url).port) }
  const reached = Promise.withResolvers<void>()
  function relay(socket: Socket): void {
    const server = connect(port, host)
    server.on('error', () => undefined)
    socket.pipe(server)
    server.on('data', (chunk) => {
      if (chunk.includes('two\n')) {
        held += 1
        reached.resolve() // the rows are on their way; the dump never gets them
      } else socket.write(chunk)
    })
  }
  stalled.listen(0, '127.0.0.1')
  await once(stalled, 'listening')
  const url = new URL(database.url)
  url.port = String((stalled.address() as { port: number }).port)
  const main = join(import.meta.dirname, '../../packages/cli/main.ts')
  const child = spawn(process.execPath, [main, 'backup', 'run', '--source', url.href, '--dest', dest], {
    env: { PATH: process.env.PATH, ...env },
    stdio: 'ignore',
  })
  await reached.promise
  child.kill('SIGKILL')
  await once(child, 'exit')
  stalled.close()
  expect(held).toBe(1)
  expect(await json('list', '--from', dest)).toEqual([])
  const { id } = await json<Run>('run', '--source', database.url, '--dest', dest, '--no-verify')
  expect(await json<BackupEntry[]>('list', '--from', dest)).toMatchObject([{ id, state: 'unproven' }])
})

test('--help names the sources, the destinations and examples', async () => {
  const { out, status } = await hunter('run', '--help')
  expect(status).toBe(0)
  for (const text of [
    '--source',
    'sqlite:PATH',
    '--dest',
    's3://',
    '--no-compress',
    '--no-verify',
    'npx hunter backup run --source',
  ]) {
    expect(out).toContain(text)
  }
})

function withPassword(password: string): string {
  const url = new URL(database.url)
  url.password = password
  return url.href
}

function withPath(path: string): string {
  const url = new URL(database.url)
  url.pathname = path
  return url.href
}

test.skipIf(!hasDebianPostgres())('an older server is backed up, and restored into itself', async () => {
  const server = await startDebianPostgres()
  try {
    await runSql(server.url, `CREATE DATABASE shop;\nCREATE DATABASE copy`)
    const [shop, copy] = [withDatabase(server.url, 'shop'), withDatabase(server.url, 'copy')]
    await runSql(shop, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one')`)
    const { id, source, manifest } = await json<Run>('run', '--source', shop, '--dest', dest)
    expect([source, (manifest as Manifest).database.serverMajor]).toEqual(['shop', 15])
    expect(await hunter('restore', id, '--from', dest, '--to', copy)).toMatchObject({ status: 0, err: '' })
    expect(await rowsOf(copy, 'SELECT note FROM notes')).toEqual([{ note: 'one' }])
  } finally {
    await server.close()
  }
})
