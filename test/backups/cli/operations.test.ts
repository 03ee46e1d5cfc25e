import { PutObjectCommand } from '@aws-sdk/client-s3'
import { RDSClient } from '@aws-sdk/client-rds'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { Drill } from '#backups/operations/drill-report'
import { buildBackupKeys } from '#backups/format/object-keys'
import { createClusterSnapshots } from '#backups/snapshots/rds-snapshots'
import { startSnapshot } from '#backups/snapshots/start'
import type { BackupStats } from '#backups/operations/stats'
import { createTagStore } from '#backups/store/tag-store'
import { systemClock } from '#platform/clock'
import { type BackupStack, startBackupStack } from '../../support/backup-stack.ts'
import { BUCKET } from '../../support/backup-store.ts'
import { stubEnvironment } from '../../support/environment.ts'
import { hunterBackup as hunter, jsonOf as hunterJson } from '../../support/hunter-backup.ts'
import { runHunter } from '../../support/run-hunter.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, runSql } from '../fixtures.ts'
import { boundProofOf, DUMP, manifestOf, proofOf } from '../made-up.ts'

const DAY_MS = 86_400_000

let stack: BackupStack
beforeAll(async () => {
  stack = await startBackupStack()
  stubEnvironment({ NO_COLOR: '1', ...stack.env })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await stack.close()
})

async function madeUpBackup(daysAgo: number): Promise<BackupId> {
  const id = createBackupId(new Date(systemClock.now().getTime() - daysAgo * DAY_MS), 'abcdef')
  const keys = buildBackupKeys('hunter', id)
  await stack.storage.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: keys.dump, Body: DUMP }))
  await stack.storage.store.putJson(keys.manifest, manifestOf(id))
  await stack.storage.store.putJson(keys.proof, proofOf(id))
  return id
}

interface Plan {
  backups: { id: BackupId; action: string; tier?: string; reason: string }[]
  snapshots: { identifier: string; action: string }[]
}

test('plan gives a reason for each backup and changes nothing; cleanup does what plan shows', async () => {
  expect((await hunter('plan')).out).toContain('No backups yet')
  const old = await madeUpBackup(3)
  const newest = await madeUpBackup(1)
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  const rds = new RDSClient({ endpoint: String(stack.env['AWS_ENDPOINT_URL_RDS']), region: 'us-east-1', credentials })
  const snapshots = createClusterSnapshots(rds, 'test-cluster')
  for (const id of [old, newest]) await startSnapshot(snapshots, { source: 'hunter', id })

  const plan = await hunterJson<Plan>('plan')
  expect(plan.backups).toMatchObject([
    { id: newest, action: 'keep', reason: 'the newest verified backup never expires' },
    { id: old, action: 'tag', tier: 'monthly', reason: expect.stringContaining('the first verified backup of 20') },
  ])
  expect(plan.snapshots).toMatchObject([{ action: 'keep' }, { action: 'keep' }])
  expect((await hunterJson<Plan>('cleanup', '--dry-run')).backups).toEqual(plan.backups)
  const tags = createTagStore({ s3: stack.storage.s3, bucket: BUCKET })
  expect(await tags.tagsOf(buildBackupKeys('hunter', old).dump)).toEqual({})

  const done = await hunter('cleanup')
  expect(done).toMatchObject({ status: 0, err: '' })
  expect(done.out).toMatch(/tag +monthly +20[\s\S]*Done: 1 backup tagged, 0 snapshots removed/)
  expect(await tags.tagsOf(buildBackupKeys('hunter', old).dump)).toEqual({ retention: 'monthly' })
  expect(await tags.tagsOf(buildBackupKeys('hunter', newest).dump)).toEqual({})
  expect((await hunter('cleanup')).out).toContain('0 backups tagged')
})

test.runIf(isThorough)('drill restores the newest verified backup, and stats shows how long that took', async () => {
  await runSql(stack.database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
  const manifest = await dump(stack.storage.store, stack.database.url)
  const { id } = manifest
  await stack.storage.store.putJson(buildBackupKeys('hunter', id).proof, boundProofOf(manifest))
  const drill = await hunterJson<Drill>('drill')
  expect(drill).toMatchObject({ backupId: id, passed: true, tables: 1, rows: 2 })
  expect((await hunter('drill')).out).toMatch(/recovery time +[\d.]+ m?s, within the goal of 300 s/)

  const [stats] = await hunterJson<({ source: string } & BackupStats)[]>('stats')
  expect(stats).toMatchObject({ source: 'hunter', backups: 3, verified: 3, proofRate: 1, newest: { id }, drills: 1 })
  const { out } = await hunter('stats')
  expect(out).toMatch(/proof rate +100.0 %[\s\S]*recovery time +[\d.]+ m?s \(last\)/)
})

test('drill fails before a backup is verified', async () => {
  const result = await runHunter({ ...stack.env, HUNTER_BACKUP_SOURCE: 'nobody' }, 'backup', 'drill')
  expect(result).toMatchObject({ status: 4, out: '', err: expect.stringContaining('BACKUP_NOT_FOUND') })
})
