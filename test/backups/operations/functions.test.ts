import { DescribeDBClusterSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds'
import type { Context, SQSEvent } from 'aws-lambda'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createBackupId, parseBackupId } from '#backups/format/backup-id'
import { listBackups, showBackup } from '#backups/store/catalog'
import { formatBackupRequest } from '#backups/operations/backup-request'
import { listUnprovenRuns } from '#backups/operations/failed-runs'
import { systemClock } from '#platform/clock'
import { watchRuns } from '#runtime/run-host'
import { type BackupStack, startBackupStack } from '../../support/backup-stack.ts'
import { serverUrl } from '../../support/postgres.ts'
import { isThorough } from '../../support/thorough.ts'
import { rowsOf, runSql } from '../fixtures.ts'

const SOURCE = 'hunter'

let stack: BackupStack
beforeAll(async () => {
  stack = await startBackupStack()
  Object.assign(process.env, stack.env, { HUNTER_PROOF_SCRATCH_URL: serverUrl() })
  await runSql(stack.database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one')`)
})
afterAll(() => stack.close())

function eventOf(...bodies: string[]): SQSEvent {
  const records = bodies.map((body, index) => ({ messageId: `message-${index}`, body }))
  return { Records: records } as unknown as SQSEvent
}

test('the scheduled function takes a snapshot, writes a backup and requests its proof; the queued function proves it', async () => {
  const { handler: backup } = await import('../../../functions/backup.ts')
  const { handler: verify } = await import('../../../functions/verify-backup.ts')

  const { backupId } = await backup()
  const id = parseBackupId(backupId)
  const rds = new RDSClient({ endpoint: stack.env.AWS_ENDPOINT_URL_RDS as string })
  const { DBClusterSnapshots = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand({}))
  expect(DBClusterSnapshots).toMatchObject([
    { DBClusterIdentifier: 'test-cluster', DBClusterSnapshotIdentifier: `hunter-${id.toLowerCase()}` },
  ])
  const requests = await stack.proofRequests()
  expect(requests.map((body) => JSON.parse(body) as unknown)).toEqual([{ source: SOURCE, backupId: id }])

  const unknown = JSON.stringify({ source: SOURCE, backupId: '20200101T000000Z-000000' })
  const dead = 'hunter_proof_20200101t000000z_0dead1'
  await runSql(serverUrl(), `CREATE DATABASE ${dead}`)
  const answer = await verify(eventOf(...requests, unknown, 'not json'), {} as Context)
  const failed = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
  expect(failed.sort()).toEqual(['message-1', 'message-2'])
  expect(await showBackup(stack.storage.store, { source: SOURCE, id })).toMatchObject({ state: 'verified' })
  const left = `SELECT FROM pg_database WHERE datname = '${dead}'` // the proof was stopped with its function
  expect(await rowsOf(serverUrl(), left)).toEqual([])
})

test.runIf(isThorough)(
  'a backup that no server can prove stays unproven, and its request returns to the queue with the alarm',
  async () => {
    vi.resetModules() // settings are read once
    vi.stubEnv('HUNTER_PROOF_SCRATCH_URL', undefined)
    const { handler: backup } = await import('../../../functions/backup.ts')
    const { handler: verify } = await import('../../../functions/verify-backup.ts')
    await runSql(stack.database.url, 'CREATE EXTENSION dblink') // there is none for the embedded Postgres
    const id = parseBackupId((await backup()).backupId)
    const answer = await verify(eventOf(...(await stack.proofRequests())), {} as Context)
    vi.unstubAllEnvs()
    vi.resetModules()
    await runSql(stack.database.url, 'DROP EXTENSION dblink')
    expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'message-0' }])
    expect(await showBackup(stack.storage.store, { source: SOURCE, id })).toMatchObject({ state: 'unproven' })
  },
)

test.runIf(isThorough)(
  'a requested backup is made under the id of its request, once, and never from a request that is too old',
  async () => {
    const { handler: backup } = await import('../../../functions/backup.ts')
    const id = createBackupId(systemClock.now(), 'abcdef')
    const old = createBackupId(new Date(Date.now() - 300_000), 'abcdef')
    const before = (await listBackups(stack.storage.store, SOURCE)).length
    for (const requested of [id, id, old]) {
      expect(await backup(eventOf(formatBackupRequest(requested)))).toEqual({ backupId: requested })
    }
    const after = await listBackups(stack.storage.store, SOURCE)
    expect([after.length, after.some((entry) => entry.id === id)]).toEqual([before + 1, true])
    await expect(backup(eventOf('{}'))).rejects.toThrow('backupId')
    await stack.proofRequests()
  },
)

test('a run without enough time throws, and leaves only its record', async () => {
  const { handler: backup } = await import('../../../functions/backup.ts')
  const before = await listBackups(stack.storage.store, SOURCE)
  const nearItsEnd = { getRemainingTimeInMillis: () => 20_000 } as Context
  await expect(backup({}, nearItsEnd)).rejects.toMatchObject({
    code: 'BACKUP_FAILED',
    message: expect.stringContaining('the time ran out'),
  })
  expect(await stack.storage.openUploads()).toEqual([])
  expect(await listBackups(stack.storage.store, SOURCE)).toEqual(before)
  const { runs } = await listUnprovenRuns(
    stack.storage.store,
    { source: SOURCE, entries: before },
    watchRuns(systemClock),
  )
  expect(runs[0]).toMatchObject({ hasBackup: false, state: 'failed', code: 'BACKUP_FAILED' })
})
