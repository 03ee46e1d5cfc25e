import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { listBackups } from '#backups/store/catalog'
import { type CollectedConfig, collectConfig } from '#backups/config/collect'
import { backUpConfig } from '#backups/config/backup-alone'
import { dumpDdl } from '#backups/postgres/pg-dump'
import { createFileStore } from '#backups/store/file-store'
import { inspectSource } from '#backups/dump/inspect-source'
import { listStoredObjects } from '#backups/format/manifest'
import { isRunKey, buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { verifyBackup } from '#backups/proof/verify'
import { runBackup, type RunBackupDeps } from '#backups/operations/run-backup'
import { isSourceName, toSourceName } from '#backups/format/source-name'
import { refuseServer, SERVER_MAJOR_MAX, SERVER_MAJOR_MIN } from '#backups/dump/unsupported'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { runSql, TOOL_VERSION } from '../fixtures.ts'

const KEY = 'correct horse battery staple'

let dir: string
let store: ObjectStore
let database: TestDatabase
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-run-'))
  store = createFileStore({ dir: join(dir, 'store'), randomHex: () => randomBytes(4).toString('hex') })
  database = await createTestDatabase()
  await runSql(database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one')`)
  await writeFile(join(dir, '.env'), 'PASSWORD=hunter2')
})
afterAll(async () => {
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

function settings(): Promise<CollectedConfig> {
  const deps = { cwd: dir, randomBytes, listParameters: async () => [] }
  return collectConfig(deps, { files: ['.env'], parameters: [], passphrase: KEY })
}

const newId = () => createBackupId(systemClock.now(), randomBytes(3).toString('hex'))

function run(source: string, deps: Partial<RunBackupDeps>) {
  const at = { host: 'db1', pid: 1 }
  const input = { id: newId(), source, databaseUrl: database.url, toolVersion: TOOL_VERSION, at }
  return runBackup({ store, clock: systemClock, ...deps }, input)
}

/** The fastest place for a proof. */
const proofDeps = () => ({
  store,
  clock: systemClock,
  tempDir: tmpdir(),
  embeddedBytesMax: 1,
  scratchUrl: serverUrl(),
})

describe('a run', () => {
  test('writes the settings beside the dump; its proof covers both', async () => {
    const { manifest } = await run('both', { collectConfig: settings })
    expect(manifest.config?.files).toEqual([{ name: '.env.sealed', bytes: 16, encrypted: true }])
    const keys = buildBackupKeys('both', manifest.id)
    expect(listStoredObjects(manifest).map(({ key }) => key)).toEqual([keys.dump, keys.config])
    expect((await store.listKeys('both/')).sort()).toEqual([keys.config, keys.dump, keys.manifest, keys.run].sort())
    const ref = { source: 'both', id: manifest.id, toolVersion: TOOL_VERSION }
    expect(await verifyBackup({ ...proofDeps(), configKey: KEY }, ref)).toMatchObject({ verified: true, level: 4 })
    const unopened = await verifyBackup(proofDeps(), ref)
    expect(unopened).toMatchObject({ verified: true })
    expect(unopened.checks.at(-1)).toMatchObject({
      name: 'settings',
      passed: true,
      reason: expect.stringContaining('no key'),
    })
  })

  test.runIf(isThorough)('with intact rows and damaged settings is not verified', async () => {
    const { manifest } = await run('damaged', { collectConfig: settings })
    await writeFile(join(dir, 'store', buildBackupKeys('damaged', manifest.id).config), 'damaged')
    const proof = await verifyBackup(proofDeps(), { source: 'damaged', id: manifest.id, toolVersion: TOOL_VERSION })
    expect(proof).toMatchObject({ verified: false, level: 3 })
    expect(proof.checks.at(-1)).toMatchObject({ name: 'settings', passed: false })
  })

  test.runIf(isThorough)(
    'whose settings cannot be read keeps the rows, requests their proof, and still fails',
    async () => {
      const asked: string[] = []
      const running = run('unread', {
        collectConfig: () => Promise.reject(new AppError('CONFIG_UNAVAILABLE', 'no parameters today')),
        requestProof: async (id) => void asked.push(id),
      })
      await expect(running).rejects.toMatchObject({ code: 'CONFIG_UNAVAILABLE' })
      const [entry] = await listBackups(store, 'unread')
      expect(asked).toEqual([entry?.id])
      expect(entry).toMatchObject({
        manifest: { config: { files: [], warnings: ['the settings could not be read: no parameters today'] } },
      })
    },
  )

  test.runIf(isThorough)('whose dump fails leaves no settings, either', async () => {
    const stop = () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'full'))
    const failing: ObjectStore = {
      ...store,
      startUpload: async (key, type) => ({ ...(await store.startUpload(key, type)), complete: stop }),
    }
    await expect(run('failed', { store: failing, collectConfig: settings })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    })
    expect((await store.listKeys('failed/')).filter((key) => !isRunKey(key))).toEqual([])
  })

  test.runIf(isThorough)('whose settings cannot be stored leaves no backup', async () => {
    const failing: ObjectStore = {
      ...store,
      startUpload: (key, type) =>
        key.endsWith('config.tar.gz')
          ? Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'full'))
          : store.startUpload(key, type),
    }
    await expect(run('half', { store: failing, collectConfig: settings })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    })
    expect(await listBackups(store, 'half')).toEqual([])
  })
})

test('a backup of settings alone is proven by decrypting them', async () => {
  const id = newId()
  const input = { source: 'alone-config', id, collected: await settings(), toolVersion: TOOL_VERSION }
  const manifest = await backUpConfig({ store, clock: systemClock }, input)
  expect(listStoredObjects(manifest)).toHaveLength(1)
  const proof = await verifyBackup(
    { ...proofDeps(), configKey: KEY },
    { source: 'alone-config', id, toolVersion: TOOL_VERSION },
  )
  expect(proof).toMatchObject({ verified: true, level: 4 })
  expect(proof.checks.map(({ name }) => name)).toEqual(['stream hash', 'settings'])
  await writeFile(join(dir, 'store', manifest.object.key), '')
  expect(await verifyBackup(proofDeps(), { source: 'alone-config', id, toolVersion: TOOL_VERSION })).toMatchObject({
    verified: false,
    level: 0,
  })
})

describe('servers', () => {
  test('of versions 13 to 18 are backed up, others are refused with both versions', () => {
    for (let major = SERVER_MAJOR_MIN; major <= SERVER_MAJOR_MAX; major += 1) {
      refuseServer({ serverVersion: `${major}.1`, serverMajor: major })
    }
    for (const [serverMajor, words] of [
      [12, /Postgres 12\.9 .*13/],
      [19, /Postgres 19\.9 .*18/],
    ] as const) {
      const refusing = () => refuseServer({ serverVersion: `${serverMajor}.9`, serverMajor })
      expect(refusing).toThrowError(
        expect.objectContaining({ code: 'BACKUP_UNSUPPORTED', message: expect.stringMatching(words) }),
      )
    }
  })

  test.runIf(isThorough)('may be as new as the pg_dump that writes the definitions', async () => {
    const { preData } = await dumpDdl(database.url)
    expect(/Dumped by pg_dump version (\d+)/.exec(preData)?.[1]).toBe(String(SERVER_MAJOR_MAX))
  })

  test('give the name of their database', async () => {
    const name = new URL(database.url).pathname.slice(1)
    expect(await inspectSource(database.url)).toMatchObject({ database: name })
  })
})

test.each([
  ['shop', 'shop'],
  ['my-shop-2', 'my-shop-2'],
  ['My Shop', /^my-shop-[0-9a-f]{6}$/],
  ['my_shop', /^my-shop-[0-9a-f]{6}$/],
  ['日本', /^[0-9a-f]{6}$/],
  ['../../etc', /^etc-[0-9a-f]{6}$/],
  ['x'.repeat(200), /^x{56}-[0-9a-f]{6}$/],
])('the name %s becomes one that an object key may contain', (name, expected) => {
  expect(toSourceName(name)).toMatch(expected)
  expect(isSourceName(toSourceName(name))).toBe(true)
})
