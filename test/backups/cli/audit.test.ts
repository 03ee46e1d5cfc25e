/**
 * Tests the audit trail of restores in a stack's database: a restore swaps the database, and the trail continues in the
 * new live one.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { withDatabase } from '#backups/postgres/session'
import { readTrail } from '../../support/audit-trail.ts'
import { type BackupStack, startBackupStack } from '../../support/backup-stack.ts'
import { stubEnvironment } from '../../support/environment.ts'
import { hunterBackup as hunter, jsonOf as json } from '../../support/hunter-backup.ts'
import { dump, rowsOf, runSql } from '../fixtures.ts'

const AUDIT_LOG = `
  CREATE TABLE audit_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL, action text NOT NULL, object text NOT NULL, details jsonb NOT NULL DEFAULT '{}', request_id text)`

let stack: BackupStack
let url: string
beforeAll(async () => {
  stack = await startBackupStack()
  url = stack.database.url
  stubEnvironment({ ...stack.env, NO_COLOR: '1' })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await stack.close()
})

const actions = async (of = url) =>
  (await rowsOf<{ action: string }>(of, 'SELECT action FROM audit_log ORDER BY id')).map(({ action }) => action)

test('restore, undo and drop-kept leave an entry in the audit log of the live database, even if they fail', async () => {
  const { id } = await dump(stack.storage.store, url) // no audit_log yet
  await runSql(url, AUDIT_LOG)
  const { id: later } = await dump(stack.storage.store, url)
  expect(await hunter('restore', id, '--table', 'none')).toMatchObject({ status: 4 })
  expect(await actions()).toEqual(['restore.started', 'restore.failed'])

  const restored = await hunter('restore', later, '--no-safety-backup', '--json')
  expect(restored).toMatchObject({ status: 0, err: '' })
  const { keptAs } = JSON.parse(restored.out) as { keptAs: string }
  expect(await actions()).toEqual(['restore.completed'])
  expect(await actions(withDatabase(url, keptAs))).toEqual(['restore.started', 'restore.failed', 'restore.started'])
  const [entry] = await rowsOf(url, 'SELECT actor, object, details FROM audit_log')
  expect(entry).toMatchObject({
    actor: expect.stringMatching(/^cli .*@/),
    object: `backup:hunter/${later}`,
    details: { keptAs },
  })

  expect(await hunter('restore', '--undo')).toMatchObject({ status: 0, err: '' })
  expect(await actions()).toEqual(['restore.started', 'restore.failed', 'restore.started', 'undo.completed'])
  const [undone] = await json<{ name: string }[]>('restore', '--list-kept')
  expect(await hunter('restore', '--drop-kept', undone?.name as string)).toMatchObject({ status: 0, err: '' })
  expect(await hunter('restore', '--drop-kept', 'none')).toMatchObject({ status: 4 })
  expect((await actions()).slice(-4)).toEqual(['drop_kept.started', 'drop_kept.completed', 'drop_kept.started', 'drop_kept.failed']) // prettier-ignore

  // that database has no table for it: the bucket keeps the entries
  expect(await readTrail(stack.storage.store)).toEqual([])
  const older = await hunter('restore', id, '--no-safety-backup')
  expect(older).toMatchObject({ status: 0, err: '' })
  expect(await readTrail(stack.storage.store)).toMatchObject([
    { action: 'restore.completed', object: `backup:hunter/${id}` },
  ])
  expect((await hunter('restore', '--undo', '--live', url)).err).toMatch(
    /warning: "undo.started" is missing from the audit trail: .*audit_log.*no --from names a place/,
  )
})
