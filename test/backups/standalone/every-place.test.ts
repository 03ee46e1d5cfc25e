import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat, truncate } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BackupEntry } from '#backups/store/catalog'
import type { Manifest, Proof } from '#backups/format/manifest'
import { withDatabase } from '#backups/postgres/session'
import { BUCKET } from '../../support/backup-store.ts'
import { hasDebianPostgres, startDebianPostgres } from '../../support/debian-postgres.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { rowsOf, runSql } from '../fixtures.ts'
import {
  type AloneRoom,
  type AloneRun as Run,
  hunterBackup as hunter,
  jsonOf as json,
  openAloneRoom,
} from '../../support/hunter-backup.ts'

let room: AloneRoom
let database: TestDatabase
let dest: string
beforeAll(async () => {
  room = await openAloneRoom()
  database = room.database
})
beforeEach(async () => {
  dest = await room.newDest()
})
afterAll(() => room.close())

const places: [string, () => string][] = [
  ['a prefix of a bucket', () => `s3://${BUCKET}/some/prefix`],
  ['a folder', () => dest],
]

describe.each(sampleOf(places))('Postgres to %s', (_what, place) => {
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

test.runIf(isThorough)('the default name is that of the database, as an object key may contain it', async () => {
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

test.runIf(isThorough)('--no-compress stores plain SQL, which is proven and restored, too', async () => {
  const { id, manifest, proof } = await json<Run>('run', '--source', database.url, '--dest', dest, '--no-compress')
  expect(manifest.object).toMatchObject({ codec: 'none', key: expect.stringMatching(/dump\.sql$/) })
  expect(proof).toMatchObject({ verified: true })
  expect(await readFile(join(dest, manifest.object.key), 'utf8')).toContain('COPY "public"."notes"')
  const copy = await createTestDatabase()
  expect(await hunter('restore', id, '--from', dest, '--to', copy.url)).toMatchObject({ status: 0 })
  expect(await rowsOf(copy.url, 'SELECT count(*)::int AS n FROM notes')).toEqual([{ n: 2 }])
  await copy.drop()
})

test.runIf(isThorough)(
  'a backup that the embedded Postgres cannot hold is proven on the server of --scratch or of the setting',
  async () => {
    const odd = await createTestDatabase()
    await runSql(odd.url, 'CREATE EXTENSION dblink') // there is none for the embedded one
    const args = ['run', '--source', odd.url, '--dest', dest]
    const without = await hunter(...args)
    expect(without).toMatchObject({
      status: 6,
      out: expect.stringMatching(/^Backed up [^]*proof +not yet: hunter backup verify/),
    })
    expect(without.err).toMatch(/PROOF_PLACE_MISSING[^]*no extension dblink, and no scratch server is set[^]*--scratch/)
    const run = { state: 'failed', code: 'PROOF_PLACE_MISSING', hasBackup: true }
    expect(await json<BackupEntry[]>('list', '--from', dest)).toMatchObject([{ state: 'unproven', run }])
    expect((await hunter('list', '--from', dest)).out).toMatch(/not yet: PROOF_PLACE_MISSING/)
    expect(await hunter('stats', '--from', dest)).toMatchObject({
      status: 3,
      out: expect.stringMatching(/rate +0\.0 %/),
    })
    const proven = { verified: true, restoredInto: expect.stringMatching(/^Postgres \d/) }
    const { id, proof } = await json<Run>(...args, '--scratch', database.url)
    expect(proof).toMatchObject(proven)
    vi.stubEnv('HUNTER_PROOF_SCRATCH_URL', database.url)
    const ways = [() => json<Proof>('verify', id, '--from', dest), async () => (await json<Run>(...args)).proof]
    for (const prove of sampleOf(ways)) expect(await prove()).toMatchObject(proven)
    vi.stubEnv('HUNTER_PROOF_SCRATCH_URL', undefined)
    await odd.drop()
  },
)

test('--no-verify leaves the backup unproven, and says so', async () => {
  const run = await hunter('run', '--source', database.url, '--dest', dest, '--no-verify')
  expect(run.out).toMatch(/proof +not yet: hunter backup verify \S+ --from/)
  expect(await json<BackupEntry[]>('list', '--from', dest)).toMatchObject([{ state: 'unproven' }])
})

test('a damaged, truncated or empty object is never verified', async () => {
  const { id, manifest } = await json<Run>('run', '--source', database.url, '--dest', dest, '--no-verify')
  const path = join(dest, manifest.object.key)
  const { size } = await stat(path)
  for (const length of sampleOf([size - 1, 0])) {
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

test.runIf(isThorough)('a killed run leaves no backup in the list, and the next run succeeds', async () => {
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
  const main = join(import.meta.dirname, '../../../packages/cli/main.ts')
  const child = spawn(process.execPath, [main, 'backup', 'run', '--source', url.href, '--dest', dest], {
    env: { PATH: process.env.PATH, ...room.env },
    stdio: 'ignore',
  })
  await reached.promise
  child.kill('SIGKILL')
  await once(child, 'exit')
  stalled.close()
  expect(held).toBe(1)
  const killed = { readable: false, state: 'failed', run: { state: 'did not end', hasBackup: false } }
  expect(await json('list', '--from', dest)).toMatchObject([killed])
  expect((await hunter('list', '--from', dest)).out).toMatch(
    /run +no backup: did not end: it was killed, or its machine/,
  )
  const { id } = await json<Run>('run', '--source', database.url, '--dest', dest)
  // both may have begun in the same second: their order is anybody's then
  const listed = await json<BackupEntry[]>('list', '--from', dest)
  expect(listed.find((entry) => entry.id === id)).toMatchObject({ state: 'verified' })
  expect(listed.filter((entry) => entry.id !== id)).toMatchObject([killed])
  const stats = await hunter('stats', '--from', dest)
  expect(stats).toMatchObject({ status: 3, err: expect.stringContaining('1 of 1 verified, 1 run failed') })
  expect(stats.out).toMatch(/failed runs +1, the last \S+: it was killed[\s\S]*proof rate +50\.0 %/)
})

test.runIf(isThorough && hasDebianPostgres())('an older server can be backed up and restored', async () => {
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
