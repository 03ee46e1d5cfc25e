import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Backup, BackupEntry } from '#backups/store/catalog'
import { buildBackupKeys } from '#backups/format/object-keys'
import { parseBackupId } from '#backups/format/backup-id'
import type { RetentionDecision } from '#backups/retention/plan'
import type { BackupStats } from '#backups/operations/stats'
import { type AloneRun, envWithoutStack, hunterBackup as hunter, jsonOf as json } from '../../support/hunter-backup.ts'

let dir: string
let dest: string
let older: AloneRun
let newer: AloneRun
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-verify-all-'))
  dest = join(dir, 'backups')
  for (const [name, value] of Object.entries(envWithoutStack('http://127.0.0.1:1', dir))) vi.stubEnv(name, value)
  const path = join(dir, 'shop.db')
  const db = new DatabaseSync(path)
  db.exec(`CREATE TABLE notes (note TEXT); INSERT INTO notes VALUES ('one'), ('two')`)
  db.close()
  older = await json<AloneRun>('run', '--source', `sqlite:${path}`, '--dest', dest)
  newer = await json<AloneRun>('run', '--source', `sqlite:${path}`, '--dest', dest)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(dir, { recursive: true, force: true })
})

interface Checked {
  id: string
  passed: boolean
  bytes: number
}

const verifyAll = (...args: string[]) => hunter('verify', '--all', '--from', dest, ...args)
const checked = async () => JSON.parse((await verifyAll('--json')).out) as Checked[]
/** A backup without a readable manifest is listed by its id, which cannot order two of one second. */
const checkOf = async (run: AloneRun) => (await checked()).find(({ id }) => id === run.id)
const objectOf = (run: AloneRun) => join(dest, run.manifest.object.key)
const stateOf = async ({ id }: AloneRun) =>
  (await json<BackupEntry[]>('list', '--from', dest)).find((entry) => entry.id === id)?.state

async function flipLastByte(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
  await writeFile(path, bytes)
}

test('reads every object of every backup, and records when', async () => {
  expect(await verifyAll()).toMatchObject({
    status: 0,
    err: '',
    out: expect.stringMatching(/as written[^]*as written/),
  })
  const sizes = [newer, older].map(({ id, manifest }) => ({ id, passed: true, bytes: manifest.object.gzipBytes }))
  expect(await checked()).toMatchObject(sizes)
  expect((await json<Backup>('show', newer.id, '--from', dest)).check).toMatchObject({ passed: true })
  expect((await hunter('show', newer.id, '--from', dest)).out).toMatch(/checked +20\S+ \S+ UTC: all .* as written/)
})

test('a flipped bit is damage in list, stats and plan until it is repaired', async () => {
  await flipLastByte(objectOf(newer))
  expect(await stateOf(newer)).toBe('verified') // not examined yet
  const found = await verifyAll()
  expect(found).toMatchObject({ status: 3, err: expect.stringContaining(`1 of 2 backups is damaged: ${newer.id}`) })
  expect(found.out).toMatch(/damaged +\S+database\.sqlite\.gz is damaged/)
  expect([(await checkOf(newer))?.passed, (await checkOf(older))?.passed]).toEqual([false, true])

  expect(await stateOf(newer)).toBe('failed')
  expect((await hunter('list', '--from', dest)).out).toMatch(new RegExp(`${newer.id} .*damaged: .* \\(found on 20`))
  expect((await hunter('show', newer.id, '--from', dest)).out).toMatch(
    /proof +damaged: [^]*checked .*differs from what was written/,
  )
  const stats = JSON.parse((await hunter('stats', '--from', dest, '--json')).out) as BackupStats[]
  expect(stats).toMatchObject([{ verified: 1, failed: 1, newestVerified: { id: older.id } }])
  const { backups } = await json<{ backups: RetentionDecision[] }>('plan', '--from', dest)
  expect(backups.find(({ id }) => id === older.id)).toMatchObject({
    action: 'keep',
    reason: expect.stringContaining('never expires'),
  })
  const restored = await hunter('restore', newer.id, '--from', dest, '--to', `sqlite:${join(dir, 'copy.db')}`)
  expect(restored).toMatchObject({ status: 3, err: expect.stringContaining('BACKUP_DAMAGED') })

  await flipLastByte(objectOf(newer))
  expect(await verifyAll()).toMatchObject({ status: 0 })
  expect(await stateOf(newer)).toBe('verified')
})

test('a later proof overrides a check', async () => {
  await flipLastByte(objectOf(newer))
  expect(await verifyAll()).toMatchObject({ status: 3 })
  await flipLastByte(objectOf(newer))
  expect(await hunter('verify', newer.id, '--from', dest)).toMatchObject({ status: 0 })
  expect(await stateOf(newer)).toBe('verified')
})

test('a record that is unreadable or belongs to another manifest is ignored', async () => {
  const path = join(dest, buildBackupKeys('shop', parseBackupId(newer.id)).manifest.replace('manifest', 'check'))
  await writeFile(path, '{')
  expect(await stateOf(newer)).toBe('verified')
  await writeFile(path, await readFile(path.replace(newer.id, older.id)))
  expect(await stateOf(newer)).toBe('verified')
})

test('a truncated object and an invalid manifest are damaged without being read', async () => {
  const bytes = await readFile(objectOf(newer))
  await truncate(objectOf(newer), 0)
  expect(await checkOf(newer)).toMatchObject({
    passed: false,
    bytes: 0,
    reason: expect.stringContaining('has 0 bytes instead of'),
  })
  await writeFile(objectOf(newer), bytes)
  const path = join(dest, buildBackupKeys('shop', parseBackupId(newer.id)).manifest)
  const manifest = await readFile(path)
  await writeFile(path, '{"version": 1')
  expect(await checkOf(newer)).toMatchObject({ passed: false, reason: expect.stringContaining('is not JSON') })
  await writeFile(path, manifest)
})

test.each([
  [['verify', '--all', 'latest'], 'it restores nothing'],
  [['verify', '--all', '--assertions', '.'], 'it restores nothing'],
  [['verify'], 'give the id of a backup'],
])('%j is refused as wrong usage', async (args, message) => {
  expect(await hunter(...args, '--from', dest)).toMatchObject({ status: 2, err: expect.stringContaining(message) })
})

test('a store without backups has nothing to check', async () => {
  const empty = await mkdtemp(join(dir, 'empty-'))
  expect(await hunter('verify', '--all', '--from', empty)).toMatchObject({
    status: 0,
    out: expect.stringContaining('No backups yet'),
  })
})
