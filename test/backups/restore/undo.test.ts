import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type BackupId, createBackupId, parseBackupId } from '#backups/format/backup-id'
import { showBackup } from '#backups/store/catalog'
import { buildDatabaseName } from '#backups/postgres/database-names'
import { dropReplaced, listReplaced } from '#backups/restore/replaced-databases'
import type { Manifest } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { restoreBackup, type RestoreInput, type RestoreReport } from '#backups/restore/replace-live'
import { planRestore } from '#backups/restore/plan'
import { undoRestore } from '#backups/restore/undo'
import type { SafetyBackup } from '#backups/restore/safety-backup'
import { planRetention } from '#backups/retention/plan'
import { withDatabase } from '#backups/postgres/session'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION, withClient } from '../fixtures.ts'
import { boundProofOf } from '../made-up.ts'

const NOTES = `CREATE TABLE notes (id int PRIMARY KEY, note text);\nINSERT INTO notes VALUES (1, 'kept'), (2, 'kept too')`
const NEWER = `${NOTES};\nUPDATE notes SET note = 'newer'`

let storage: TestStore
let manifest: Manifest
const databases: TestDatabase[] = []

beforeAll(async () => {
  storage = await startTestStore(systemClock)
  const source = await createTestDatabase()
  await runSql(source.url, NOTES)
  manifest = await dump(storage.store, source.url)
  await source.drop()
})
afterAll(() => storage.close())
afterEach(async () => {
  for (const database of databases.splice(0)) {
    const kept = (await listReplaced(database.url)).map(({ name }) => name)
    for (const name of kept) await runSql(withDatabase(database.url, 'postgres'), `DROP DATABASE ${name} WITH (FORCE)`)
    await database.drop()
  }
})

async function liveDatabase(sql: string): Promise<string> {
  const made = await createTestDatabase()
  databases.push(made)
  await runSql(made.url, sql)
  return made.url
}

interface Options {
  store?: ObjectStore
  safetyBackup?: SafetyBackup
}

function restore(databaseUrl: string, { store = storage.store, safetyBackup }: Options = {}): Promise<RestoreReport> {
  return restoreBackup({ store, clock: systemClock }, { ...inputOf(databaseUrl), safetyBackup })
}

function inputOf(databaseUrl: string): RestoreInput {
  return { source: SOURCE, id: manifest.id, databaseUrl }
}

function safety(hex: string): SafetyBackup & { id: BackupId } {
  const id = createBackupId(systemClock.now(), hex)
  return { id, newId: () => id, toolVersion: TOOL_VERSION, readRevision: async () => '0042' }
}

async function notes(url: string): Promise<string[]> {
  return (await rowsOf<{ note: string }>(url, 'SELECT DISTINCT note FROM notes ORDER BY 1')).map(({ note }) => note)
}

/** Lists the databases whose names begin with that of the URL. */
async function family(url: string): Promise<string[]> {
  const name = new URL(url).pathname.slice(1)
  const sql = `SELECT datname FROM pg_database WHERE datname LIKE '${name}%' ORDER BY 1`
  return (await rowsOf<{ datname: string }>(withDatabase(url, 'postgres'), sql)).map(({ datname }) => datname)
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

describe('the safety backup', () => {
  test('contains the former live database, is pinned for thirty days, and restores like any other', async () => {
    const live = await liveDatabase(NEWER)
    const taken = safety('5afe01')
    const report = await restore(live, { safetyBackup: taken })
    expect(report).toMatchObject({ safetyBackup: taken.id, safetyMs: expect.any(Number) })
    expect(await notes(live)).toEqual(['kept', 'kept too'])
    const shown = await showBackup(storage.store, { source: SOURCE, id: taken.id })
    expect(shown.manifest).toMatchObject({
      pinned: `taken before ${manifest.id} was restored`,
      migrationRevision: '0042',
    })
    const { createdAt, pinnedUntil } = shown.manifest
    expect((Date.parse(String(pinnedUntil)) - Date.parse(createdAt)) / 86_400_000).toBeCloseTo(30, 3) // days
    await restoreBackup({ store: storage.store, clock: systemClock }, { ...inputOf(live), id: taken.id })
    expect(await notes(live)).toEqual(['newer'])
  })

  test.runIf(isThorough)(
    'is sent to the prover after the restore; a silent queue does not fail the restore',
    async () => {
      const live = await liveDatabase(NEWER)
      const asked: unknown[] = []
      const requestProof = async (ref: unknown) => void asked.push(ref, await notes(live))
      const first = safety('5afe05')
      expect(await restore(live, { safetyBackup: { ...first, requestProof } })).toMatchObject({
        safetyProofAsked: true,
      })
      expect(asked).toEqual([{ source: SOURCE, id: first.id }, ['kept', 'kept too']])
      const broken = () => Promise.reject(new Error('no queue'))
      const report = await restore(live, { safetyBackup: { ...safety('5afe06'), requestProof: broken } })
      expect(report).toMatchObject({
        safetyProofAsked: false,
        remarks: expect.arrayContaining([expect.stringContaining('is not proven: no queue')]),
      })
    },
  )

  test.runIf(isThorough)('that cannot be written or read back leaves the live database unchanged', async () => {
    const live = await liveDatabase(NEWER)
    const unwritable: ObjectStore = { ...storage.store, startUpload: () => Promise.reject(new Error('full')) }
    await expect(restore(live, { store: unwritable, safetyBackup: safety('5afe02') })).rejects.toThrow('full')
    let reads = 0
    const forgetful: ObjectStore = {
      ...storage.store,
      read: (object, range) => {
        const isSafety = object.key !== manifest.object.key
        if (isSafety) reads += 1
        return isSafety ? storage.store.read(object, { start: 0, end: 100 }) : storage.store.read(object, range)
      },
    }
    await expect(restore(live, { store: forgetful, safetyBackup: safety('5afe03') })).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
    })
    expect(reads).toBe(1)
    expect(await notes(live)).toEqual(['newer'])
    expect(await family(live)).toEqual([nameOf(live)])
  })

  test.runIf(isThorough)('is skipped if the live database is gone', async () => {
    const live = await liveDatabase(NOTES)
    await databases[0]?.drop()
    expect(await restore(live, { safetyBackup: safety('5afe04') })).not.toHaveProperty('safetyBackup')
    expect(await notes(live)).toEqual(['kept', 'kept too'])
  })
})

describe('an undo', () => {
  test('swaps the former database back with its comment, and a second undo swaps again', async () => {
    const live = await liveDatabase(NEWER)
    await runSql(live, `COMMENT ON DATABASE ${nameOf(live)} IS E'ours,\\nin two lines'`)
    const { keptAs } = await restore(live)
    const commentOf = async () => {
      const sql = `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = current_database()`
      return (await rowsOf<{ comment: string }>(live, sql))[0]?.comment
    }
    expect(await commentOf()).toBe('ours,\nin two lines')
    expect(await listReplaced(live)).toMatchObject([
      { name: keptAs, role: 'before', id: manifest.id, keptAt: expect.any(String), comment: 'ours,\nin two lines' },
    ])

    const undone = await undoRestore({ clock: systemClock }, { databaseUrl: live })
    expect(undone).toMatchObject({ id: manifest.id, broughtBack: keptAs, keptAs: expect.stringContaining('_undone_') })
    expect(await notes(live)).toEqual(['newer'])
    expect(await commentOf()).toBe('ours,\nin two lines')
    expect(await family(live)).toEqual([nameOf(live), undone.keptAs])

    const again = await undoRestore({ clock: systemClock }, { databaseUrl: live, which: manifest.id })
    expect(again.broughtBack).toBe(undone.keptAs)
    expect(await notes(live)).toEqual(['kept', 'kept too'])
    expect(await family(live)).toEqual([nameOf(live), keptAs])
  })

  test.runIf(isThorough)(
    'swaps back the database that was replaced last, or the one that the caller names',
    async () => {
      const live = await liveDatabase(NEWER)
      const first = await restore(live)
      await runSql(live, `UPDATE notes SET note = 'in between'`)
      const second = await restore(live)
      expect((await listReplaced(live)).map(({ name }) => name)).toEqual([second.keptAs, first.keptAs])
      await undoRestore({ clock: systemClock }, { databaseUrl: live })
      expect(await notes(live)).toEqual(['in between'])
      await undoRestore({ clock: systemClock }, { databaseUrl: live, which: first.keptAs })
      expect(await notes(live)).toEqual(['newer'])
    },
  )

  test.runIf(isThorough)('works if the live database is gone', async () => {
    const live = await liveDatabase(NEWER)
    await restore(live)
    await databases[0]?.drop()
    expect(await undoRestore({ clock: systemClock }, { databaseUrl: live })).not.toHaveProperty('keptAs')
    expect(await notes(live)).toEqual(['newer'])
  })

  test('without a replaced database says so', async () => {
    const live = await liveDatabase(NOTES)
    const undoing = undoRestore({ clock: systemClock }, { databaseUrl: live })
    await expect(undoing).rejects.toMatchObject({ code: 'KEPT_NOT_FOUND', details: { kept: [] } })
    expect(await notes(live)).toEqual(['kept', 'kept too'])
  })
})

test.runIf(isThorough)('a replaced database is dropped on request, unless a session uses it', async () => {
  const live = await liveDatabase(NOTES)
  const { keptAs } = await restore(live)
  await withClient(withDatabase(live, keptAs as string), async (client) => {
    await client.query('SELECT 1')
    await expect(dropReplaced(live, manifest.id)).rejects.toMatchObject({ code: 'RESTORE_TARGET_IN_USE' })
  })
  expect(await dropReplaced(live, keptAs as string)).toMatchObject({ name: keptAs })
  expect(await family(live)).toEqual([nameOf(live)])
  await expect(dropReplaced(live, nameOf(live))).rejects.toMatchObject({ code: 'KEPT_NOT_FOUND' })
})

test.runIf(isThorough)('a plan lists what a restore would do, and does nothing', async () => {
  const live = await liveDatabase(NOTES)
  const left = buildDatabaseName(nameOf(live), 'restore', createBackupId(new Date(0), '0dead0'))
  await runSql(withDatabase(live, 'postgres'), `CREATE DATABASE ${left}`)
  const before = await family(live)
  const plan = await planRestore({ store: storage.store }, inputOf(live))
  expect(await family(live)).toEqual(before)
  const { keptAs } = await restore(live)
  const beside = buildDatabaseName(nameOf(live), 'restore', manifest.id)
  expect(plan).toMatchObject({
    live: { name: nameOf(live), sizeBytes: expect.any(Number) },
    tables: 1,
    rows: 2,
    fetchBytes: manifest.object.gzipBytes,
    drops: [left],
    creates: beside,
    renames: [
      { from: nameOf(live), to: keptAs },
      { from: beside, to: nameOf(live) },
    ],
    isVerified: false,
  })
  expect(await family(live)).toEqual([nameOf(live), keptAs])
})

test.runIf(isThorough)('a plan says how long a restore takes, once a proof has measured it', async () => {
  const live = await liveDatabase(NOTES)
  expect(await planRestore({ store: storage.store }, inputOf(live))).not.toHaveProperty('estimateMs')
  const { proof } = buildBackupKeys(SOURCE, manifest.id)
  const proven = { ...boundProofOf(manifest), restoreMs: 1_500, compareMs: 700 }
  const getJson = async (key: string) => (key === proof ? proven : storage.store.getJson(key))
  const plan = await planRestore({ store: { ...storage.store, getJson } }, inputOf(live))
  expect(plan).toMatchObject({ estimateMs: 2_200, isVerified: true })
})

test('of two restores at once, the second is refused', async () => {
  const live = await liveDatabase(NEWER)
  const [one, other] = await Promise.allSettled([restore(live), restore(live)])
  const [won, lost] = one.status === 'fulfilled' ? [one, other] : [other, one]
  expect(won).toMatchObject({ status: 'fulfilled' })
  expect(lost).toMatchObject({ reason: { code: 'RESTORE_TARGET_IN_USE' } })
  expect(await notes(live)).toEqual(['kept', 'kept too'])
})

test('retention keeps a pinned backup whatever its age and tag', () => {
  const objects = [{ key: 'dump', tier: 'daily' as const }]
  const backup = (id: string, reason?: string) => ({
    id: parseBackupId(id),
    of: 'data' as const,
    state: 'verified' as const,
    objects,
    pinned: reason === undefined ? undefined : { reason },
  })
  const backups = [
    backup('20200101T000000Z-000001', 'by hand'),
    backup('20200101T000000Z-000002'),
    backup('20200102T000000Z-000003'),
  ]
  const decisions = planRetention(backups, { now: new Date('2026-01-01'), timezone: 'Europe/Istanbul' })
  expect(decisions.find(({ id }) => id.endsWith('000001'))).toMatchObject({
    tier: undefined,
    action: 'untag',
    reason: 'pinned: by hand',
  })
  expect(decisions.find(({ id }) => id.endsWith('000002'))?.tier).toBeDefined()
})
