import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '#backups/format/manifest'
import { getTemplateName } from '#backups/proof/pglite-template'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { sweepScratchServer } from '#backups/postgres/scratch-database'
import { openSession, withDatabase } from '#backups/postgres/session'
import { type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION } from '../fixtures.ts'
import { newestPostgres } from '../../support/newest-postgres.ts'

/** A server of this file's own: other tests would miss what is removed from it here. */
let dir: string
let server: PostgresServer
let storage: TestStore
let manifest: Manifest
const live = () => withDatabase(server.url, 'live')

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-unusual-'))
  storage = await startTestStore(systemClock)
  server = await startPostgres({ ...(await newestPostgres()), dir, durable: false })
  await runSql(server.url, 'CREATE DATABASE live')
  await runSql(live(), `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
  manifest = await dump(storage.store, live())
})
afterAll(async () => {
  await Promise.all([server.close(), storage.close()])
  await rm(dir, { recursive: true, force: true })
})

/** Returns the URL of a new role, with `rights` in the syntax of CREATE ROLE. */
async function roleWith(rights: string, url = live()): Promise<string> {
  const name = `role_${randomBytes(4).toString('hex')}`
  await runSql(server.url, `CREATE ROLE ${name} LOGIN PASSWORD 'secret' ${rights}`)
  const own = new URL(url)
  Object.assign(own, { username: name, password: 'secret' })
  return own.href
}

async function sessionsIn(database: string): Promise<number> {
  const sql = `SELECT pid FROM pg_stat_activity WHERE datname = '${database}'`
  return (await rowsOf(server.url, sql)).length
}

const PROOFS = `SELECT datname FROM pg_database WHERE datname LIKE 'hunter_proof%'`

describe('a role with few permissions', () => {
  test('fails the dump if it may not export a snapshot, and leaves no session behind', async () => {
    const url = await roleWith('')
    await runSql(live(), 'REVOKE EXECUTE ON FUNCTION pg_catalog.pg_export_snapshot() FROM PUBLIC')
    await expect(dump(storage.store, url)).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('permission denied for function pg_export_snapshot'),
    })
    await runSql(live(), 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_export_snapshot() TO PUBLIC')
    await expect.poll(() => sessionsIn('live')).toBe(0)
  })

  test('proves nothing if it may open only one session, and leaves no database behind', async () => {
    const scratchUrl = await roleWith('CREATEDB CONNECTION LIMIT 1', server.url)
    const deps = { store: storage.store, clock: systemClock, tempDir: tmpdir(), embeddedBytesMax: 1, scratchUrl }
    const proving = verifyBackup(deps, { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION })
    await expect(proving).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining('too many connections for role'),
    })
    expect(await rowsOf(server.url, PROOFS)).toEqual([])
  })

  test('reports leftovers of other roles on a scratch server, which it may not drop', async () => {
    const dead = 'hunter_proof_20200101t000000z_0dead0'
    await runSql(server.url, `CREATE DATABASE ${dead}`)
    await expect(sweepScratchServer(await roleWith('CREATEDB', server.url))).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: `the scratch server cannot be cleaned up: must be owner of database ${dead}`,
    })
    expect(await rowsOf(server.url, PROOFS)).toEqual([{ datname: dead }])
    await runSql(server.url, `DROP DATABASE ${dead}`)
  })
})

describe('a connection that breaks before the first statement', () => {
  /** A proxy in front of the server; it ends a connection to that database when the client sends `word`. */
  async function cutAt(word: string, database = ''): Promise<{ url: string; proxy: Server }> {
    const { hostname, port } = new URL(server.url)
    const proxy = createServer((socket) => {
      const upstream = connect(Number(port), hostname)
      for (const end of [socket, upstream]) end.on('error', () => undefined)
      upstream.pipe(socket)
      upstream.on('close', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
      let isMeant = false
      socket.on('data', (bytes) => {
        isMeant ||= bytes.includes(database) // it is named in the first message
        if (isMeant && bytes.includes(word)) socket.destroy()
        else upstream.write(bytes)
      })
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const url = new URL(live())
    url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
    return { url: url.href, proxy }
  }

  test.each(['SET statement_timeout', 'synchronize_seqscans'])('at %s: the database is unavailable', async (word) => {
    const { url, proxy } = await cutAt(word)
    await expect(openSession(url)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    proxy.close()
    await expect.poll(() => sessionsIn('live')).toBe(0)
  })

  test.each(['synchronize_seqscans', 'server_version_num'])('at %s: the backup stays unproven', async (word) => {
    const { url: scratchUrl, proxy } = await cutAt(word, 'hunter_proof')
    const deps = { store: storage.store, clock: systemClock, tempDir: tmpdir(), embeddedBytesMax: 1, scratchUrl }
    const proving = verifyBackup(deps, { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION })
    await expect(proving).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    proxy.close()
    expect(await rowsOf(server.url, PROOFS)).toEqual([])
  })
})

test('a proof that cannot use the temporary folder leaves nothing in it', async () => {
  const tempDir = await mkdtemp(join(tmpdir(), 'hunter-place-'))
  const deps = { store: storage.store, clock: systemClock, tempDir }
  await writeFile(join(tempDir, getTemplateName()), 'by another program')
  const proving = verifyBackup(deps, { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION })
  await expect(proving).rejects.toMatchObject({
    code: 'PROOF_PLACE_FAILED',
    message: expect.stringContaining('belongs to another user'),
  })
  expect(await readdir(tempDir)).toHaveLength(1)
  await rm(tempDir, { recursive: true })
})

test.runIf(isThorough)('a restore works on a server without a database called postgres', async () => {
  await runSql(live(), `DROP DATABASE postgres;\nUPDATE notes SET note = 'newer'`)
  const { keptAs } = await restoreBackup(
    { store: storage.store, clock: systemClock },
    { source: SOURCE, id: manifest.id, databaseUrl: live() },
  )
  expect(await rowsOf(live(), 'SELECT note FROM notes ORDER BY 1')).toEqual([{ note: 'one' }, { note: 'two' }])
  const kept = withDatabase(server.url, keptAs as string)
  expect(await rowsOf(kept, 'SELECT DISTINCT note FROM notes')).toEqual([{ note: 'newer' }])
})
