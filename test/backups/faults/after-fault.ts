/** Checks what must hold after any fault of a backup. */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { type BackupEntry, listBackups } from '#backups/store/catalog'
import { listStoredObjects } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { verifyBackup } from '#backups/proof/verify'
import { checkObject } from '#backups/store/read-object'
import { abortStaleUploads, createOpenUploads } from '#backups/retention/stale-uploads'
import { systemClock } from '#platform/clock'
import { BUCKET, type TestStore } from '../../support/backup-store.ts'
import { dump, TOOL_VERSION, withClient } from '../fixtures.ts'

const HOUR_MS = 3_600_000

/** Every row of every table and everything that the catalogs hold, in one number. */
export async function hashOf(databaseUrl: string): Promise<string> {
  return withClient(databaseUrl, async (client) => {
    const sha = createHash('sha256')
    const { rows } = await client.query<{ name: string; about: string }>(
      `SELECT c.oid::regclass::text AS name, c.relkind || c.relnamespace::regnamespace || c.relfilenode AS about
       FROM pg_class c WHERE c.relkind IN ('r', 'i', 'S', 'v', 'm', 'p') AND c.relnamespace >= 2200 ORDER BY 1`,
    )
    for (const { name, about } of rows) sha.update(`${name} ${about}\n`)
    const tables = rows.filter(({ about }) => about.startsWith('r') || about.startsWith('S'))
    for (const { name } of tables) {
      const { rows } = await client.query<{ hash: string }>(
        `SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS hash FROM ONLY ${name} t`,
      )
      sha.update(`${name} ${rows[0]?.hash}\n`)
    }
    return sha.digest('hex')
  })
}

/**
 * Finds what a run could leave in a server, which belongs to the test file alone. Autovacuum runs at any time under its
 * own locks.
 */
const COUNTS = `
  SELECT (SELECT count(*)::int FROM pg_replication_slots) AS slots,
    (SELECT count(*)::int FROM pg_prepared_xacts WHERE database = current_database()) AS prepared,
    (SELECT count(*)::int FROM pg_class WHERE relpersistence = 't') AS temporary,
    (SELECT count(*)::int FROM pg_database WHERE datname LIKE 'hunter%') AS databases,
    (SELECT count(*)::int FROM pg_locks l WHERE l.pid <> pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.pid NOT IN (SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'autovacuum%')) AS locks`

/** Waits until a dump's sessions are gone, with their locks, snapshot and temporary objects. */
export async function expectNoTraces(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const left = async () => {
      const { rows } = await client.query<{ query: string }>(
        `SELECT state || ': ' || query AS query FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
      )
      return rows.map(({ query }) => query)
    }
    const until = performance.now() + 60_000
    while ((await left()).length > 0 && performance.now() < until) await pause(20)
    expect(await left()).toEqual([])
    const counts = async () => (await client.query<{ locks: number }>(COUNTS)).rows
    let rows = await counts()
    while (rows[0]?.locks !== 0 && performance.now() < until) {
      await pause(20)
      rows = await counts()
    }
    expect(rows).toEqual([{ slots: 0, prepared: 0, temporary: 0, databases: 0, locks: 0 }])
  })
}

/** Checks that every listed backup is complete: its objects match their manifest to the last byte. */
export async function expectWholeCatalog(store: ObjectStore, source: string): Promise<BackupEntry[]> {
  const entries = await listBackups(store, source)
  for (const entry of entries) {
    expect(entry).toMatchObject({ readable: true })
    if (entry.readable) for (const object of listStoredObjects(entry.manifest)) await checkObject(store, object)
  }
  return entries
}

/** A killed process's leftovers may stay for a day and are gone after two; nothing else remains. */
export async function expectNoUploads(storage: TestStore, source: string, was: 'killed' | 'failed'): Promise<number> {
  const uploads = createOpenUploads({ s3: storage.s3, bucket: BUCKET })
  const open = await uploads.list(`${source}/`)
  if (was === 'failed') expect(open).toEqual([])
  const sweep = (hours: number) => {
    const now = new Date(systemClock.now().getTime() + hours * HOUR_MS)
    return abortStaleUploads(uploads, { source, now })
  }
  expect(await sweep(24)).toEqual([])
  expect(await sweep(49)).toEqual(open)
  expect(await uploads.list(`${source}/`)).toEqual([])
  return open.length
}

/** Checks that the next run succeeds and that its backup is proven by restoring it. */
export async function expectNextProven(store: ObjectStore, databaseUrl: string, source: string, tempDir: string) {
  const { id } = await dump(store, databaseUrl, source)
  // the quickest place: a scratch database beside the live one
  const deps = { store, clock: systemClock, tempDir, embeddedBytesMax: 0, scratchUrl: databaseUrl }
  const proof = await verifyBackup(deps, { source, id, toolVersion: TOOL_VERSION })
  expect(proof).toMatchObject({ verified: true, level: 4 })
  return id
}

interface Faulted {
  storage: TestStore
  databaseUrl: string
  source: string
  /** Hash of the live database before the fault. */
  hash: string
  was: 'killed' | 'failed'
  /** Place of the next run's proof; without it, there is no proof. */
  proveIn?: string | undefined
}

/** Runs all checks above. Returns how many backups existed before the next run, and how many uploads were left. */
export async function expectSound(faulted: Faulted): Promise<{ backups: number; uploads: number }> {
  const { storage, databaseUrl, source, hash, was, proveIn } = faulted
  await expectNoTraces(databaseUrl)
  const entries = await expectWholeCatalog(storage.store, source)
  const uploads = await expectNoUploads(storage, source, was)
  if (proveIn !== undefined) {
    const id = await expectNextProven(storage.store, databaseUrl, source, proveIn)
    const after = await expectWholeCatalog(storage.store, source)
    expect(after.map((entry) => entry.id)).toEqual([id, ...entries.map((entry) => entry.id)])
    await expectNoTraces(databaseUrl)
  }
  expect(await hashOf(databaseUrl)).toBe(hash)
  return { backups: entries.length, uploads }
}
