import { CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { RDSClient } from '@aws-sdk/client-rds'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { BackupRef } from '#backups/store/catalog'
import { buildBackupKeys } from '#backups/format/object-keys'
import { createObjectStore } from '#backups/store/object-store'
import { createClusterSnapshots } from '#backups/snapshots/rds-snapshots'
import { reconcileBackups, type ReconcileDeps, requireReconciled } from '#backups/operations/reconcile'
import { startSnapshot } from '#backups/snapshots/start'
import { requireSnapshots } from '#backups/snapshots/prune'
import { createOpenUploads } from '#backups/retention/stale-uploads'
import { createTagStore } from '#backups/store/tag-store'
import { type RdsStub, startRdsStub } from '#emulators/rds/server'
import { AppError } from '#platform/errors'
import { BUCKET, startTestStore, type TestStore } from '../../support/backup-store.ts'
import { TestClock } from '../../support/test-clock.ts'
import { isThorough } from '../../support/thorough.ts'
import { DUMP, manifestOf, proofOf } from '../made-up.ts'

const HOUR_MS = 3_600_000
const INPUT = { source: 'hunter', others: ['hunter-config'], timezone: 'Europe/Istanbul' }

let clock: TestClock
let storage: TestStore
let rds: RdsStub
let failing: Set<string>
let asked: BackupRef[]
let checking: BackupRef[]
let deps: ReconcileDeps

beforeEach(async () => {
  clock = new TestClock('2026-11-15T00:00:00Z')
  storage = await startTestStore(clock)
  failing = new Set()
  rds = await startRdsStub({ clock, clusters: ['db'], creationMs: HOUR_MS, fails: (id) => failing.has(id) })
  asked = []
  checking = []
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  deps = {
    store: storage.store,
    tags: createTagStore({ s3: storage.s3, bucket: BUCKET }),
    uploads: createOpenUploads({ s3: storage.s3, bucket: BUCKET }),
    snapshots: createClusterSnapshots(new RDSClient({ endpoint: rds.url, region: 'eu-west-1', credentials }), 'db'),
    requestProof: async (ref) => void asked.push(ref),
    requestCheck: async (ref) => void checking.push(ref),
    clock,
  }
})
afterEach(async () => {
  await storage.close()
  await rds.close()
})

async function backup({ proven }: { proven: boolean }, source = 'hunter'): Promise<BackupId> {
  const id = createBackupId(clock.now(), 'abcdef')
  const keys = buildBackupKeys(source, id)
  await storage.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: keys.dump, Body: DUMP }))
  await storage.store.putJson(keys.manifest, manifestOf(id, source))
  if (proven) await storage.store.putJson(keys.proof, proofOf(id))
  return id
}

const snapshotOf = (id: BackupId) => startSnapshot(deps.snapshots!, { source: 'hunter', id })
const reconcile = () => reconcileBackups(deps, INPUT)

test('tags the previous backup after a healthy night; a second run does nothing', async () => {
  await snapshotOf(await backup({ proven: true }))
  clock.advanceMs(24 * HOUR_MS)
  const newest = await backup({ proven: true })
  await snapshotOf(newest)
  clock.advanceMs(2 * HOUR_MS)
  const report = requireReconciled(await reconcile())
  expect(report).toEqual({
    done: {
      snapshots: { available: 2 },
      proofs: {},
      checks: { asked: 0 },
      retention: { monthly: 1 },
      uploads: { aborted: 0 },
    },
    failed: [],
    damaged: [],
    health: { newestVerified: newest, ageHours: 2, drillAgeDays: 26 / 24, fromFuture: [], isHealthy: true },
  })
  expect((await reconcile()).done).toMatchObject({ retention: {} })
})

test('backups of settings alone are proven and expire, too, and do not count for the database', async () => {
  await backup({ proven: true }, 'hunter-config')
  clock.advanceMs(24 * HOUR_MS)
  await backup({ proven: true }, 'hunter-config')
  clock.advanceMs(HOUR_MS)
  const source = 'hunter-config'
  const id = await backup({ proven: false }, source)
  clock.advanceMs(6 * HOUR_MS)
  expect(await reconcile()).toMatchObject({
    done: { retention: { monthly: 1 } },
    health: { newestVerified: undefined, isHealthy: false },
  })
  expect(asked).toEqual([{ source, id }])
})

test.runIf(isThorough)('requests a missing proof again, three times at most', async () => {
  const id = await backup({ proven: false })
  const actions: unknown[] = []
  for (let hour = 0; hour < 30; hour += 1) {
    actions.push(...Object.keys((await reconcile()).done['proofs'] ?? {}))
    clock.advanceMs(HOUR_MS)
  }
  expect(asked).toEqual(Array.from({ length: 3 }, () => ({ source: 'hunter', id })))
  expect(actions.filter((action) => action === 'ask')).toHaveLength(3)
  expect(actions.at(-1)).toBe('give-up')
})

test('does not record a request that it could not send', async () => {
  await backup({ proven: false })
  clock.advanceMs(6 * HOUR_MS)
  deps.requestProof = () => Promise.reject(new AppError('QUEUE_UNAVAILABLE', 'no queue'))
  for (let run = 0; run < 5; run += 1) expect((await reconcile()).failed).toMatchObject([{ step: 'proofs' }])
  deps.requestProof = async (ref) => void asked.push(ref)
  await reconcile()
  expect(asked).toHaveLength(1)
})

test('aborts the upload of a killed backup, and none that may be in progress', async () => {
  const start = (Key: string) => storage.s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }))
  await start('hunter/2026/11/a/dump.sql.gz')
  await start('other/2026/11/a/dump.sql.gz')
  clock.advanceMs(36 * HOUR_MS)
  await start('hunter/2026/11/b/dump.sql.gz')
  clock.advanceMs(13 * HOUR_MS)
  const [stale] = await deps.uploads.list('hunter/2026/11/a/')
  expect((await reconcile()).done['uploads']).toEqual({ aborted: 1 })
  await deps.uploads.abort(stale!) // another worker was faster
  expect(await storage.openUploads()).toEqual(['hunter/2026/11/b/dump.sql.gz', 'other/2026/11/a/dump.sql.gz'])
})

describe('snapshots', () => {
  test.runIf(isThorough)('are awaited over several runs, and pruned by the plan', async () => {
    for (let night = 0; night < 9; night += 1) {
      await snapshotOf(await backup({ proven: true }))
      expect((await reconcile()).done['snapshots']).toMatchObject({ creating: 1 })
      clock.advanceMs(24 * HOUR_MS)
    }
    // 15 to 23 November: the newest seven and the first, which is that of a week and of a month
    expect((await reconcile()).done['snapshots']).toEqual({ available: 8, removed: 1 })
    expect(await deps.snapshots?.list()).toHaveLength(8)
  })

  test('that failed or never appeared fail the run until a newer one exists', async () => {
    failing.add(await snapshotOf(await backup({ proven: true })))
    clock.advanceMs(24 * HOUR_MS)
    expect((await reconcile()).failed).toMatchObject([{ step: 'snapshots', error: { code: 'SNAPSHOT_FAILED' } }])
    await snapshotOf(await backup({ proven: true }))
    clock.advanceMs(HOUR_MS)
    expect(await reconcile()).toMatchObject({ done: { snapshots: { available: 1, removed: 1 } }, failed: [] })
  })
})

test('a snapshot that is missing after twelve hours fails the run', () => {
  const backup = createBackupId(clock.now(), 'abcdef')
  const pending = { identifier: 's', backup, status: 'creating', action: 'keep', reason: '' } as const
  clock.advanceMs(12 * HOUR_MS)
  expect(() => requireSnapshots([pending], clock.now())).not.toThrow()
  clock.advanceMs(1)
  expect(() => requireSnapshots([pending], clock.now())).toThrowError('creating for over 12 hours')
  const ahead = createBackupId(new Date('2031-01-01T00:00:00Z'), 'abcdef')
  expect(() => requireSnapshots([{ ...pending, backup: ahead }], clock.now())).toThrowError(
    'creating, and stamped later than now',
  )
})

test('a failed step does not stop the others, and the run fails with all reasons', async () => {
  await backup({ proven: true })
  clock.advanceMs(24 * HOUR_MS)
  await backup({ proven: true })
  await rds.close()
  deps.uploads = { ...deps.uploads, list: () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'no list')) }
  const report = await reconcile()
  expect(report.done).toEqual({ proofs: {}, checks: { asked: 0 }, retention: { monthly: 1 } })
  expect(report.health).toMatchObject({ isHealthy: true })
  expect(() => requireReconciled(report)).toThrowError(
    expect.objectContaining({
      code: 'RECONCILE_FAILED',
      message: expect.stringMatching(/^snapshots: .*; uploads: no list$/),
      details: { steps: ['snapshots', 'uploads'] },
      cause: expect.objectContaining({ errors: [expect.any(AppError), expect.any(AppError)] }),
    }),
  )
})

test('an unreachable bucket yields no health metrics', async () => {
  const s3 = new S3Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1', maxAttempts: 1 })
  const bucket = BUCKET
  deps.store = createObjectStore({ s3, bucket })
  deps.tags = createTagStore({ s3, bucket })
  deps.uploads = createOpenUploads({ s3, bucket })
  const report = await reconcile()
  expect(report).not.toHaveProperty('health')
  expect(report.failed.map(({ step }) => step)).toEqual([
    'proofs',
    'checks',
    'retention',
    'uploads',
    'health',
    'damage',
  ])
  for (const { error } of report.failed) expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  await expect(deps.tags.tagsOf('any')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
})
