/**
 * The retention of the backups on a server that we did not write: our plan, our tags and our rules, with their days cut
 * down and each lasting ten seconds. Ceph counts the age of an object from its last tag, S3 from its creation.
 */
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BackupId, parseBackupId } from '#backups/format/backup-id'
import { buildLifecycleRules } from '#backups/retention/lifecycle-rules'
import { buildBackupKeys } from '#backups/format/object-keys'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import { applyRetention, readRetentionPlan } from '#backups/retention/apply-tags'
import { createTagStore } from '#backups/store/tag-store'
import { DUMP, manifestOf, proofOf } from '../backups/made-up.ts'
import { type Ceph, missingProgram, startCeph } from './ceph.ts'

const DAY_SECONDS = 10
const DAYS = { daily: 1, weekly: 3, monthly: 6, incompleteUpload: 1, noncurrentVersion: 1 }
const BUCKET = 'backups'
const NOW = new Date('2026-11-20T12:00:00Z')

/** What becomes of each, by its place in the calendar and its proof. */
const NIGHTS = {
  monthly: parseBackupId('20261101T000000Z-000001'),
  daily: parseBackupId('20261102T000000Z-000002'),
  disproved: parseBackupId('20261107T000000Z-000003'),
  weekly: parseBackupId('20261108T000000Z-000004'),
  unproven: parseBackupId('20261109T000000Z-000005'),
  lastGood: parseBackupId('20261118T000000Z-000006'),
  newest: parseBackupId('20261119T000000Z-000007'), // disproved
}
type Night = keyof typeof NIGHTS

const missing = await missingProgram()
if (missing && process.env['REQUIRE_TOOLS'])
  throw new Error(`${missing} is not installed, and REQUIRE_TOOLS asks for it`)

describe.skipIf(missing)(`on Ceph${missing ? ` (skipped: no ${missing} here)` : ''}`, () => {
  let ceph: Ceph
  let s3: S3Client
  let store: ObjectStore
  beforeAll(async () => {
    ceph = await startCeph({ daySeconds: DAY_SECONDS })
    s3 = new S3Client({
      endpoint: ceph.endpoint,
      region: 'us-east-1',
      credentials: ceph.credentials,
      forcePathStyle: true,
    })
    store = createObjectStore({ s3, bucket: BUCKET })
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }))
  })
  afterAll(async () => {
    s3?.destroy()
    await ceph?.close()
  })

  async function makeBackup(id: BackupId, proof: boolean | undefined): Promise<void> {
    const keys = buildBackupKeys('hunter', id)
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: keys.dump, Body: DUMP }))
    if (proof !== undefined) await store.putJson(keys.proof, { ...proofOf(id), verified: proof })
    await store.putJson(keys.manifest, manifestOf(id))
  }

  async function wholeBackups(): Promise<Night[]> {
    const keys = await store.listKeys('hunter/')
    const isWhole = (id: BackupId) =>
      [buildBackupKeys('hunter', id).dump, buildBackupKeys('hunter', id).manifest].every((key) => keys.includes(key))
    return (Object.keys(NIGHTS) as Night[]).filter((night) => isWhole(NIGHTS[night]))
  }

  async function leftOf(night: Night): Promise<number> {
    const Prefix = buildBackupKeys('hunter', NIGHTS[night]).manifest.replace('manifest.json', '')
    const { Versions = [], DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix }),
    )
    return Versions.length + DeleteMarkers.length
  }

  async function openUploads(): Promise<number> {
    return (await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads?.length ?? 0
  }

  test('daily, weekly and monthly backups go in that order; the last good one and the unproven stay', async () => {
    for (const [night, id] of Object.entries(NIGHTS))
      await makeBackup(id, night === 'unproven' ? undefined : night !== 'disproved' && night !== 'newest')
    await s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: 'hunter/2026/11/broken-off/dump.sql.gz' }))
    expect(await openUploads()).toBe(1)

    const deps = { store, tags: createTagStore({ s3, bucket: BUCKET }) }
    const read = () => readRetentionPlan(deps, { source: 'hunter', now: NOW, timezone: 'Europe/Istanbul' })
    const tagged = await applyRetention(deps, await read())
    const tierOf = new Map(tagged.map(({ id, tier }) => [id, tier]))
    expect(Object.entries(NIGHTS).map(([night, id]) => [night, tierOf.get(id)])).toEqual([
      ['monthly', 'monthly'],
      ['daily', 'daily'],
      ['disproved', 'daily'],
      ['weekly', 'weekly'],
      ['unproven', undefined],
      ['lastGood', undefined],
      ['newest', undefined],
    ])
    expect((await read()).flatMap(({ changes }) => changes)).toEqual([])

    // the days begin to pass
    const LifecycleConfiguration = { Rules: buildLifecycleRules(DAYS) }
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: BUCKET, LifecycleConfiguration }))
    const left = (timeout: number) => expect.poll(wholeBackups, { timeout, interval: 250 })
    await left(60_000).toEqual(['monthly', 'weekly', 'unproven', 'lastGood', 'newest'])
    await left(60_000).toEqual(['monthly', 'unproven', 'lastGood', 'newest'])
    await left(90_000).toEqual(['unproven', 'lastGood', 'newest'])
    expect(await openUploads()).toBe(0)

    // markers and old versions are cleared away too, and still nothing else goes
    await expect.poll(() => leftOf('monthly'), { timeout: 60_000, interval: 500 }).toBe(0)
    expect(await Promise.all((Object.keys(NIGHTS) as Night[]).map(leftOf))).toEqual([0, 0, 0, 0, 2, 3, 3])
  })
})
