import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { BackupEntry } from '#backups/store/catalog'
import type { AnyManifest, Proof } from '#backups/format/manifest'
import { type BackupStack, startBackupStack } from '../../support/backup-stack.ts'
import { stubEnvironment } from '../../support/environment.ts'
import { hunterBackup as hunter, jsonOf as json } from '../../support/hunter-backup.ts'
import { isThorough } from '../../support/thorough.ts'
import { runSql } from '../fixtures.ts'

const KEY = 'correct horse battery staple'

let stack: BackupStack
let dir: string
beforeAll(async () => {
  stack = await startBackupStack()
  dir = await mkdtemp(join(tmpdir(), 'hunter-cli-config-'))
  await runSql(stack.database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one')`)
  await writeFile(join(dir, 'app.env'), 'PASSWORD=hunter2')
  const env = { ...stack.env, HUNTER_BACKUP_CONFIG: join(dir, 'app.env'), HUNTER_BACKUP_KEY: KEY, NO_COLOR: '1' }
  stubEnvironment(env)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await stack.close()
  await rm(dir, { recursive: true, force: true })
})

test.runIf(isThorough)(
  'a backup of the stack includes the configured settings, and a restore writes them into a separate folder',
  async () => {
    const run = await hunter('run')
    expect(run).toMatchObject({ status: 0, err: '' })
    expect(run.out).toMatch(/settings +1 file \(1 encrypted\)/)
    const [entry] = await json<(BackupEntry & { manifest: AnyManifest })[]>('list')
    const id = entry?.id as string
    expect(entry?.manifest.config?.files).toMatchObject([{ encrypted: true }])
    expect(await json<Proof>('verify', id)).toMatchObject({ verified: true })
    expect((await hunter('show', id)).out).toMatch(/app\.env\.sealed +16 B +encrypted/)
    const out = join(dir, 'out')
    expect((await hunter('restore', id, '--config-to', out)).out).toContain('1 file')
    expect((await readdir(out, { recursive: true })).some((name) => name.endsWith('app.env'))).toBe(true)
    const again = await hunter('restore', id, '--config-to', out)
    expect(again).toMatchObject({ status: 5, err: expect.stringContaining('RESTORE_TARGET_IN_USE') })
  },
)

test.runIf(isThorough)(
  '--database-only stores no settings, and --config FILE replaces the ones that the setting names',
  async () => {
    expect((await json<{ manifest: AnyManifest }>('run', '--database-only')).manifest.config).toBeUndefined()
    const { manifest } = await json<{ manifest: AnyManifest }>('run', '--config', join(dir, 'gone.json'))
    expect(manifest.config).toEqual({ files: [], warnings: [`${join(dir, 'gone.json')} does not exist`] })
  },
)

test('--config-only makes a backup with its own name, which is listed and proven like others and restores only to a folder', async () => {
  await stack.proofRequests()
  const { id } = await json<{ id: string }>('run', '--config-only')
  expect(await stack.proofRequests()).toEqual([JSON.stringify({ source: 'hunter-config', backupId: id })])
  expect(await json<Proof>('verify', id)).toMatchObject({ verified: true, level: 4 })
  expect((await hunter('list')).out).toMatch(new RegExp(`${id} +hunter-config +config .* 4 fingerprints`))
  expect(await hunter('restore', id)).toMatchObject({ status: 2, err: expect.stringContaining('BACKUP_UNSUPPORTED') })
  expect(await hunter('restore', id, '--config-to', join(dir, 'alone'))).toMatchObject({ status: 0 })
})

test.each([
  [['run', '--source', 'sqlite:x.db'], '--source needs --dest'],
  [['run', '--name', 'x'], '--name needs --dest'],
  [['run', '--scratch', 'postgres://host/db'], '--scratch needs --dest'],
  [['run', '--no-verify'], '--no-verify needs --dest'],
  [['run', '--config-only', '--database-only'], 'nothing would be left to back up'],
])('refuses %j', async (args, message) => {
  expect(await hunter(...args)).toMatchObject({ status: 2, out: '', err: expect.stringContaining(message) })
})
