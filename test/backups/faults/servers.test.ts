import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '#backups/format/manifest'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { withDatabase } from '#backups/postgres/session'
import { type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { LOCAL_CREDENTIALS } from '#emulators/s3/server'
import { systemClock } from '#platform/clock'
import { BUCKET, startTestStore, type TestStore } from '../../support/backup-store.ts'
import { type Fault, type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts'
import { isThorough, sampleOf } from '../../support/thorough.ts'
import { dump, LARGE_ROWS, LARGE_TABLE, rowsOf, runSql, SOURCE, TOOL_VERSION, withClient } from '../fixtures.ts'
import { newestPostgres } from '../../support/newest-postgres.ts'

const HAS_PRLIMIT = spawnSync('prlimit', ['--version']).status === 0

/** A server of this file's own, which the tests may break. */
let dir: string
let server: PostgresServer
let storage: TestStore
let proxy: FaultyProxy
let s3: S3Client
let store: ObjectStore
let manifest: Manifest

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-faults-'))
  server = await startPostgres({ ...(await newestPostgres()), dir, durable: false })
  storage = await startTestStore(systemClock)
  proxy = await startFaultyProxy(storage.url)
  s3 = new S3Client({ endpoint: proxy.url, region: 'us-east-1', credentials: LOCAL_CREDENTIALS })
  store = createObjectStore({ s3, bucket: BUCKET })
  await runSql(server.url, 'CREATE DATABASE source')
  await runSql(withDatabase(server.url, 'source'), LARGE_TABLE)
  manifest = await dump(storage.store, withDatabase(server.url, 'source'))
  await runSql(server.url, 'DROP DATABASE source;\nCREATE DATABASE live')
  await runSql(withDatabase(server.url, 'live'), `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('live')`)
})
afterEach(() => void (proxy.faults = () => undefined))
afterAll(async () => {
  s3.destroy()
  await proxy.close()
  await storage.close()
  await server.close()
  await rm(dir, { recursive: true, force: true })
})

function restore(serverUrl = server.url) {
  const live = withDatabase(serverUrl, 'live')
  return restoreBackup({ store, clock: systemClock }, { source: SOURCE, id: manifest.id, databaseUrl: live })
}

function prove(serverUrl = server.url) {
  const deps = { store, clock: systemClock, tempDir: tmpdir(), embeddedBytesMax: 1, scratchUrl: serverUrl }
  return verifyBackup(deps, { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION })
}

async function databases(serverUrl = server.url): Promise<string[]> {
  const sql = 'SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1'
  return (await rowsOf<{ datname: string }>(serverUrl, sql)).map(({ datname }) => datname)
}

async function expectUntouched(serverUrl = server.url): Promise<void> {
  expect(await rowsOf(withDatabase(serverUrl, 'live'), 'SELECT note FROM notes')).toEqual([{ note: 'live' }])
}

/** Does what a server does after one of its processes crashed: ends every session and recovers, on the same port. */
async function answering(): Promise<void> {
  for (;;) {
    const answers = await rowsOf(server.url, 'SELECT 1').catch(() => undefined)
    if (answers) return
  }
}

const isDumpRead = (request: { method?: string | undefined; url?: string | undefined }) =>
  request.method === 'GET' && request.url?.includes('dump.sql') === true

describe('a bucket', () => {
  const broken: [string, Fault, number][] = [
    ['is cut off in the middle of a table', { kind: 'cut', afterBytes: 50_000 }, 1],
    ['refuses', { kind: 'refuse' }, 0],
    ['throttles for ever', { kind: 'throttle' }, 0],
    ['is cut off in the middle of the definitions', { kind: 'cut', afterBytes: 100 }, 0],
  ]
  test.each(sampleOf(broken))(
    'that %s fails a restore and a proof, and leaves the backup unproven',
    async (_how, fault, from) => {
      let reads = 0
      proxy.faults = (request) => (isDumpRead(request) && reads++ >= from ? fault : undefined)
      await expect(restore()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
      await expectUntouched()
      reads = 0
      await expect(prove()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
      expect(await databases()).toEqual(['live', 'postgres'])
    },
  )

  test.runIf(isThorough)('that throttles now and then, or is slow, delays both but fails neither', async () => {
    let requests = 0
    proxy.faults = (request) => {
      requests += 1
      if (requests % 3 === 1) return { kind: 'throttle' }
      return isDumpRead(request) ? { kind: 'slow', pauseMs: 1 } : undefined
    }
    expect(await prove()).toMatchObject({ verified: true })
    expect(requests).toBeGreaterThan(10)
  })
})

describe('a database server', () => {
  test('that restarts in the middle of a restore leaves the live database unchanged', async () => {
    const killed = killCopyingBackend()
    const [failed] = await Promise.allSettled([restore(), killed])
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE' } })
    await answering()
    await expectUntouched()
  })

  test.runIf(isThorough)('that restarts in the middle of a proof proves nothing', async () => {
    const killed = killCopyingBackend()
    const [failed] = await Promise.allSettled([prove(), killed])
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE' } })
    await answering()
  })

  test.skipIf(!HAS_PRLIMIT || !isThorough)(
    'whose disk is full is reported; the live database stays, and the unfinished copy is gone',
    async () => {
      await server.close()
      const full = await startFullServer()
      try {
        await expect(restore(full.url)).rejects.toMatchObject({
          code: 'RESTORE_FAILED',
          message: expect.stringContaining('could not extend file'),
        })
        await expectUntouched(full.url)
        await expect(prove(full.url)).rejects.toMatchObject({
          code: 'PROOF_PLACE_FAILED',
          message: expect.stringContaining('could not extend file'),
        })
        expect(await databases(full.url)).toEqual(['live', 'postgres'])
      } finally {
        await full.close()
        server = await startPostgres({ ...(await newestPostgres()), dir, durable: false })
      }
    },
  )

  test.runIf(isThorough)('that works again restores and proves, and has no leftovers of the failures', async () => {
    expect(await prove()).toMatchObject({ verified: true })
    const { keptAs } = await restore()
    expect(await rowsOf(withDatabase(server.url, 'live'), 'SELECT count(*)::int AS n FROM large')).toEqual([
      { n: LARGE_ROWS },
    ])
    expect(await databases()).toEqual(['live', keptAs, 'postgres'])
  })
})

/** Kills the process of a session that fills a table after a part of its rows. */
async function killCopyingBackend(): Promise<void> {
  const killed = Promise.withResolvers<void>()
  const held: Fault = { kind: 'hold', afterBytes: 100_000, until: killed.promise }
  // a proof reads the whole of the dump before it fills a table with its part
  proxy.faults = (request) => (isDumpRead(request) && request.headers['range'] ? held : undefined)
  await withClient(server.url, async (client) => {
    // the server ends every session; `once` would take the error before it for its own failure and leave the bytes held
    const ended = new Promise((resolve) => client.once('end', resolve))
    for (;;) {
      const { rows } = await client.query<{ pid: number }>(
        'SELECT pid FROM pg_stat_progress_copy WHERE bytes_processed > 0 LIMIT 1',
      )
      if (!rows[0]) continue
      process.kill(rows[0].pid, 'SIGKILL')
      break
    }
    await ended
    killed.resolve()
  })
}

/** Limits each file to a part of the table, as if the disk were full; a segment of its log still fits. */
async function startFullServer() {
  const script = join(import.meta.dirname, '../../support/postgres-process.ts')
  const child = spawn('prlimit', ['--fsize=24000000', process.execPath, script, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const close = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { url, close }
}
