import { PutBucketLifecycleConfigurationCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import { buildLifecycleRules } from '#backups/retention/lifecycle-rules'
import { buildBackupKeys } from '#backups/format/object-keys'
import { applyRetention, readRetentionPlan } from '#backups/retention/apply-tags'
import { createTagStore, type TagStore } from '#backups/store/tag-store'
import { BUCKET, startTestStore, type TestStore } from '../../support/backup-store.ts'
import { TestClock } from '../../support/test-clock.ts'
import { DUMP, manifestOf, proofOf } from '../made-up.ts'

const DAY_MS = 86_400_000
const clock = new TestClock('2026-10-30T00:00:00Z')
let storage: TestStore
let tags: TagStore

beforeAll(async () => {
  storage = await startTestStore(clock)
  tags = createTagStore({ s3: storage.s3, bucket: BUCKET })
  const LifecycleConfiguration = { Rules: buildLifecycleRules() }
  await storage.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, LifecycleConfiguration }))
})
afterAll(() => storage.close())

const readPlan = () =>
  readRetentionPlan({ store: storage.store, tags }, { source: 'hunter', now: clock.now(), timezone: 'Europe/Istanbul' })

async function put(key: string, body: string | Buffer = key): Promise<void> {
  await storage.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }))
}

async function night(proof: 'verified' | 'failed' | 'none'): Promise<BackupId> {
  const id = createBackupId(clock.now(), 'abcdef')
  const { dump, manifest, proof: proofKey } = buildBackupKeys('hunter', id)
  await put(dump, DUMP)
  await storage.store.putJson(manifest, manifestOf(id))
  if (proof !== 'none') await storage.store.putJson(proofKey, { ...proofOf(id), verified: proof === 'verified' })
  return id
}

async function pass(days: number): Promise<void> {
  clock.advanceMs(days * DAY_MS)
  await storage.expireObjects(clock.now())
}

const objectsLeft = async (id: BackupId) =>
  (await storage.store.listKeys(`hunter/`)).filter((key) => key.includes(id)).map((key) => key.split('/').at(-1))

test('the older backup gets its tag and expires by it, and the last good backup survives every failure', async () => {
  const ids: BackupId[] = []
  for (let day = 0; day < 12; day += 1) {
    ids.push(await night(day === 4 ? 'failed' : day === 6 ? 'none' : 'verified'))
    await applyRetention({ tags }, await readPlan())
    await pass(1)
  }
  const plan = await readPlan()
  expect(plan.flatMap(({ changes }) => changes)).toEqual([])
  // 30 and 31 October, then eleven days of November that began on a Sunday
  expect(plan.map(({ tier }) => tier ?? 'none').toReversed()).toEqual([
    'monthly',
    'daily',
    'monthly',
    'daily',
    'daily',
    'daily',
    'none',
    'daily',
    'daily',
    'weekly',
    'daily',
    'none',
  ])

  await pass(40) // no backup succeeds any more
  const left = await Promise.all(ids.map(objectsLeft))
  const whole = ['dump.sql.gz', 'manifest.json', 'proof.json']
  expect(left.map(({ length }) => length)).toEqual([3, 0, 3, 0, 0, 0, 2, 0, 0, 3, 0, 3])
  await pass(400)
  expect(await objectsLeft(ids[11] as BackupId)).toEqual(whole)
  expect((await readPlan()).map(({ id, action, reason }) => ({ id, action, reason }))).toEqual([
    { id: ids[11], action: 'keep', reason: 'the newest verified backup never expires' },
    { id: ids[6], action: 'keep', reason: 'not proven yet; Hunter cannot tell whether it is needed' },
  ])
})

test('a rewritten proof is tagged again; tags of others and foreign keys stay', async () => {
  const old = await night('verified')
  await pass(1)
  await night('verified')
  await put('hunter/notes.txt')
  const { dump, proof } = buildBackupKeys('hunter', old)
  await tags.putTags(dump, { owner: 'sales' })
  await applyRetention({ tags }, await readPlan())
  expect(await tags.tagsOf(dump)).toEqual({ owner: 'sales', retention: 'monthly' })
  await storage.store.putJson(proof, proofOf(old))
  const plan = await readPlan()
  expect(plan.flatMap(({ changes }) => changes)).toEqual([proof])
  await applyRetention({ tags }, plan)
  await applyRetention({ tags }, plan)
  expect(await tags.tagsOf(proof)).toEqual({ retention: 'monthly' })
  expect(await tags.tagsOf('hunter/notes.txt')).toEqual({})
})

test('an object that disappears between plan and action is not a failure', async () => {
  expect(await tags.tagsOf('hunter/none')).toBeUndefined()
  await tags.putTags('hunter/none', { retention: 'daily' })
})
