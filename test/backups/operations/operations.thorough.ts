import { PutObjectCommand } from '@aws-sdk/client-s3'
import type { Context, SQSEvent } from 'aws-lambda'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createBackupId, parseBackupId } from '#backups/format/backup-id'
import { listBackups, showBackup } from '#backups/store/catalog'
import { readDrills } from '#backups/operations/drill-report'
import { buildBackupKeys } from '#backups/format/object-keys'
import { createTagStore } from '#backups/store/tag-store'
import { systemClock } from '#platform/clock'
import { type BackupStack, startBackupStack } from '../../support/backup-stack.ts'
import { BUCKET } from '../../support/backup-store.ts'
import { runSql } from '../fixtures.ts'
import { DUMP, manifestOf, proofOf } from '../made-up.ts'

let stack: BackupStack
beforeAll(async () => {
  stack = await startBackupStack()
  Object.assign(process.env, stack.env)
  await runSql(stack.database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one')`)
})
afterAll(() => stack.close())
afterEach(() => vi.restoreAllMocks())

/** Lines that the function printed for CloudWatch. */
function metricsOf(printed: { mock: { calls: unknown[][] } }): Record<string, unknown>[] {
  const lines = printed.mock.calls.map(([chunk]) => String(chunk)).filter((line) => line.includes('"_aws"'))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

const tagsOf = async (backupId: string) => {
  const tags = createTagStore({ s3: stack.storage.s3, bucket: BUCKET })
  const { dump, manifest, proof } = buildBackupKeys('hunter', parseBackupId(backupId))
  return Promise.all([dump, manifest, proof].map((key) => tags.tagsOf(key)))
}

/** Runs one night: the backup, and its proof as the queue delivers it. */
async function night(): Promise<string> {
  const { handler: backup } = await import('../../../functions/backup.ts')
  const { handler: verify } = await import('../../../functions/verify-backup.ts')
  const { backupId } = await backup()
  const Records = (await stack.proofRequests()).map((body, index) => ({ messageId: `message-${index}`, body }))
  await verify({ Records } as unknown as SQSEvent, {} as Context)
  expect(await showBackup(stack.storage.store, { source: 'hunter', id: parseBackupId(backupId) })).toMatchObject({
    state: 'verified',
  })
  return backupId
}

test('the proof of a backup lets the previous one expire; the reconciler and the drill send metrics', async () => {
  const older = createBackupId(new Date(systemClock.now().getTime() - 86_400_000), 'abcdef')
  const keys = buildBackupKeys('hunter', older)
  await stack.storage.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: keys.dump, Body: DUMP }))
  await stack.storage.store.putJson(keys.manifest, manifestOf(older))
  await stack.storage.store.putJson(keys.proof, proofOf(older))
  const newer = await night()
  const monthly = { retention: 'monthly' }
  expect(await tagsOf(older)).toEqual([monthly, monthly, monthly])
  expect(await tagsOf(newer)).toEqual([{}, {}, {}])

  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const { handler: reconcile } = await import('../../../functions/reconcile-backups.ts')
  const { done } = await reconcile()
  expect(done).toMatchObject({ snapshots: expect.any(Object), proofs: {}, retention: {}, uploads: { aborted: 0 } })
  expect(metricsOf(printed)).toEqual([
    expect.objectContaining({
      Stage: 'test',
      Source: 'hunter',
      NewestVerifiedAgeHours: expect.any(Number),
      LastDrillAgeDays: expect.any(Number),
    }),
  ])

  const { handler: drill } = await import('../../../functions/restore-drill.ts')
  const { backupId, totalMs } = await drill()
  expect(backupId).toBe(newer)
  expect(await readDrills(stack.storage.store, 'hunter')).toMatchObject([{ backupId, totalMs, passed: true, rows: 1 }])
  expect(metricsOf(printed).at(-1)).toMatchObject({
    Stage: 'test',
    Source: 'hunter',
    RecoverySeconds: Number(totalMs) / 1_000,
  })
})

test('the prover reads the bytes of a backup again when the reconciler requests it, and damage rings the alarm', async () => {
  const old = createBackupId(new Date(systemClock.now().getTime() - 20 * 86_400_000), 'abcdef')
  const keys = buildBackupKeys('hunter', old)
  const manifest = manifestOf(old)
  await stack.storage.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: keys.dump, Body: DUMP }))
  await stack.storage.store.putJson(keys.manifest, manifest)
  await stack.storage.store.putJson(keys.proof, proofOf(old))
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const { handler: reconcile } = await import('../../../functions/reconcile-backups.ts')
  const { handler: verify } = await import('../../../functions/verify-backup.ts')
  const damagedNow = () => metricsOf(printed).at(-1)?.['DamagedBackups']

  expect((await reconcile()).done['checks']).toEqual({ asked: 1 })
  expect(damagedNow()).toBe(0)
  const asked = (await stack.proofRequests()).filter((body) => body.includes('only')) // a proof may be requested twice
  expect(asked.map((body) => JSON.parse(body) as object)).toEqual([{ source: 'hunter', backupId: old, only: 'hash' }])
  const Records = asked.map((body) => ({ messageId: 'check', body }))
  const answer = await verify({ Records } as unknown as SQSEvent, {} as Context)
  expect(answer).toEqual({ batchItemFailures: [] })
  expect(await showBackup(stack.storage.store, { source: 'hunter', id: old })).toMatchObject({
    state: 'failed', // its bytes are zeros, and its hash that of none
    reason: expect.stringContaining('is damaged'),
    check: { passed: false, bytes: DUMP.length },
  })
  expect((await reconcile()).done['checks']).toEqual({ asked: 0 })
  expect(damagedNow()).toBe(1)
})

test('a failed drill throws, and sends no metric', async () => {
  const [entry] = await listBackups(stack.storage.store, 'hunter')
  const { dump, manifest } = buildBackupKeys('hunter', parseBackupId(String(entry?.id)))
  const json = (await stack.storage.store.getJson(manifest)) as { object: object }
  await stack.storage.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: dump, Body: 'not a dump' }))
  await stack.storage.store.putJson(manifest, { ...json, object: { ...json.object, versionId: undefined } })
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const { handler: drill } = await import('../../../functions/restore-drill.ts')
  await expect(drill()).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  expect(metricsOf(printed)).toEqual([])
})
