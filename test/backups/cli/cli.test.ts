import { PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import type { Manifest, Proof } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ReplacedDatabase } from '#backups/restore/replaced-databases'
import type { UndoReport } from '#backups/restore/undo'
import type { RestoreReport } from '#backups/restore/replace-live'
import { BUCKET } from '../../support/backup-store.ts'
import { type BackupStack, startBackupStack } from '../../support/backup-stack.ts'
import { stubEnvironment } from '../../support/environment.ts'
import { hunterBackup as hunter, jsonOf as hunterJson } from '../../support/hunter-backup.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { runHunter } from '../../support/run-hunter.ts'
import { isThorough } from '../../support/thorough.ts'
import { rowsOf, runSql } from '../fixtures.ts'

let stack: BackupStack
beforeAll(async () => {
  stack = await startBackupStack()
  stubEnvironment({ NO_COLOR: '1', ...stack.env })
  await runSql(stack.database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await stack.close()
})

/** The command in a process of its own: what it prints, and the status that it exits with. */
const spawned = (...args: string[]) => runHunter(stack.env, 'backup', ...args)

test.runIf(isThorough)('backs up, lists, shows, proves and restores from the command line', async () => {
  expect((await spawned('list')).out).toContain('No backups yet')
  const { id } = await hunterJson<{ id: string }>('run')
  expect(await hunterJson<BackupEntry[]>('list')).toMatchObject([{ id, state: 'unproven' }])
  const shown = await hunter('show', id)
  expect(shown.out).toMatch(/public\.notes +2 /)
  expect(shown.out).toContain('not yet')
  expect(await hunterJson<Proof>('verify', id)).toMatchObject({ backupId: id, verified: true, level: 4 })
  expect((await hunter('list')).out).toMatch(new RegExp(`${id}.* 4 fingerprints equal`))

  await runSql(stack.database.url, 'DROP TABLE notes')
  await stack.proofRequests()
  const restored = await spawned('restore', id)
  expect(restored).toMatchObject({ status: 0, err: '' })
  const [, safetyId = ''] =
    /safety backup +(\S+) holds the database as it was before; its proof follows automatically/.exec(restored.out) ?? []
  expect(await stack.proofRequests()).toEqual([JSON.stringify({ source: 'hunter', backupId: safetyId })])
  expect((await hunter('plan')).out).toMatch(
    new RegExp(`${safetyId} .* pinned until 20\\d\\d-\\d\\d-\\d\\d at least: taken before ${id}`),
  )
  expect(restored.out).toMatch(/1 table, 2 rows, all equal[\s\S]*recovery time +\d+(\.\d)? m?s[\s\S]*_before_/)
  expect(await rowsOf(stack.database.url, 'SELECT note FROM notes ORDER BY 1')).toEqual([
    { note: 'one' },
    { note: 'two' },
  ])

  await restoresOneTable(id)
  await undoesAndDrops(id)

  const other = await createTestDatabase()
  expect(await hunterJson<RestoreReport>('restore', id, '--to', other.url)).toMatchObject({ rows: 2 })
  const again = await spawned('restore', id, '--to', other.url)
  expect(again).toMatchObject({ status: 5, out: '', err: expect.stringContaining('RESTORE_TARGET_IN_USE') })
  await other.drop()
})

async function restoresOneTable(id: string): Promise<void> {
  const beside = await hunter('restore', id, '--table', 'notes', '--as', 'found.notes')
  expect(beside).toMatchObject({ status: 0, err: '' })
  expect(beside.out).toMatch(
    /"public"."notes" alone: 2 rows, all equal[\s\S]*into +"found"."notes"\n[\s\S]*fetched +\d+ B of \d+(\.\d)? k?B, in 1 ranged read/,
  )
  expect(await rowsOf(stack.database.url, 'SELECT note FROM found.notes')).toHaveLength(2)
  expect(await hunter('restore', id, '--table', 'Notes', '--exclude-table=nothing')).toMatchObject({
    status: 4,
    err: expect.stringContaining('--exclude-table nothing matches no table of the backup\n'),
  })
  const into = `"restored_${id.toLowerCase().replace('-', '_')}"."notes"`
  const plan = await hunter('restore', id, '--schema', 'public', '--table=notes', '--dry-run')
  expect(plan).toMatchObject({ status: 0, err: '' })
  expect(plan.out).toContain(`create   ${into}: 2 rows of "public"."notes"`)
  expect(await hunterJson('restore', id, '--schema', 'pub*')).toMatchObject({ tables: [{ into }], rows: 2, reads: 1 })
  expect((await hunter('restore', id, '--table', 'notes', '--dry-run')).out).toContain(`In the way: ${into}`)
}

/** The live database was restored from the backup once. */
async function undoesAndDrops(id: string): Promise<void> {
  const plan = await hunter('restore', id, '--dry-run')
  expect(plan.out).toMatch(/is verified[\s\S]*create +\w+_restore_\w+[\s\S]*rename +\w+ to \w+_before_\w+_2/)
  expect(plan.out).toMatch(/At the rate of its proof it takes \d/)
  const [kept, ...more] = await hunterJson<ReplacedDatabase[]>('restore', '--list-kept')
  expect([kept?.role, more]).toEqual(['before', []])
  expect((await hunter('restore', '--undo')).out).toContain(`Swapped back ${kept?.name}`)
  await expect(rowsOf(stack.database.url, 'SELECT FROM notes')).rejects.toThrow('notes')
  expect(await hunterJson<UndoReport>('restore', '--undo', id)).toMatchObject({ id })
  expect(await rowsOf(stack.database.url, 'SELECT note FROM notes')).toHaveLength(2)
  expect((await hunter('restore', '--drop-kept', kept?.name ?? '')).out).toContain('Removed')
  expect((await hunter('restore', '--list-kept')).out).toContain('No replaced database is kept')
}

describe('says what is wrong and exits with its status', () => {
  test.each([
    ['a malformed id', ['show', 'newest'], 2, 'BACKUP_ID_INVALID'],
    ['an unknown id', ['show', '20200101T000000Z-000000'], 4, 'BACKUP_NOT_FOUND'],
    ['an unknown id to restore', ['restore', '20200101T000000Z-000000'], 4, 'BACKUP_NOT_FOUND'],
    ['nothing to restore', ['restore'], 2, 'USAGE'],
    [
      'two places to restore to',
      ['restore', '20200101T000000Z-000000', '--to', 'sqlite:x', '--schema', 'x'],
      2,
      'USAGE',
    ],
    [
      'an undo that is to change nothing',
      ['restore', '--undo', '--dry-run'],
      2,
      '--undo cannot be combined with --dry-run',
    ],
    [
      'a removal that is to change nothing',
      ['restore', '--drop-kept', 'x', '--dry-run'],
      2,
      '--drop-kept cannot be combined with --dry-run',
    ],
    ['a new name of no table', ['restore', 'latest', '--as', 'x'], 2, '--as needs a --table'],
    ['a table without a name', ['restore', 'latest', '--exclude-table'], 2, '--exclude-table needs a value'],
    [
      'tables of settings',
      ['restore', 'latest', '--config-to', 'x', '--schema', 'x'],
      2,
      '--config-to cannot be combined with',
    ],
    [
      'a copy that is to change nothing',
      ['restore', 'latest', '--to', 'sqlite:x', '--dry-run'],
      2,
      '--to cannot be combined with --dry-run',
    ],
    [
      'a backup of a folder without a target',
      ['restore', '20200101T000000Z-000000', '--from', import.meta.dirname],
      4,
      'BACKUP_NOT_FOUND',
    ],
    ['an undo of nothing', ['restore', '--undo', '20200101T000000Z-000000'], 4, 'KEPT_NOT_FOUND'],
    ['a target that is no URL', ['restore', '20200101T000000Z-000000', '--to', 'here'], 2, 'USAGE'],
  ])('%s', async (_what, args, status, code) => {
    const result = await hunter(...args)
    expect(result).toMatchObject({ status, out: '' })
    expect(result.err).toContain(code)
    expect(result.err).not.toContain('    at ')
  })

  test.runIf(isThorough)('a damaged dump', async () => {
    const { id, manifest } = await hunterJson<{ id: string; manifest: Manifest }>('run')
    const key = buildBackupKeys('hunter', parseBackupId(id)).dump
    await stack.storage.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'not a dump' }))
    const unversioned = { ...manifest, object: { ...manifest.object, versionId: undefined } }
    await stack.storage.store.putJson(buildBackupKeys('hunter', parseBackupId(id)).manifest, unversioned)
    const result = await spawned('verify', id)
    expect(result).toMatchObject({ status: 3, err: expect.stringContaining('BACKUP_DAMAGED') })
    expect(result.out).toMatch(/stream hash +failed/)
  })
})
