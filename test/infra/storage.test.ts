import { beforeAll, describe, expect, test } from 'vitest'
import { buildLifecycleRules } from '#backups/retention/lifecycle-rules'
import { INCOMPLETE_UPLOAD_DAYS, RETENTION } from '#backups/format/retention-tiers'
import { readSettings } from '#runtime/settings'
import { type Inputs, type Synthesis, synthesise } from '../support/synth.ts'
import { functionOf, ofBucket, ofType, only, SECRETS, synthesiseProduction, variablesOf } from './stack.ts'

const BUCKET = 'bucket:Bucket'
const LIFECYCLE = 'bucketLifecycleConfiguration:BucketLifecycleConfiguration'
const ACCESS = 'bucketPublicAccessBlock:BucketPublicAccessBlock'
const CORS = 'bucketCorsConfiguration:BucketCorsConfiguration'
const POLICY = 'bucketPolicy:BucketPolicy'

const CLUSTER = 'aws:rds/cluster:Cluster'
const isProofServer = (inputs: Inputs): boolean => /proofserver/i.test(inputs['clusterIdentifier'])
const isLive = (inputs: Inputs): boolean => !isProofServer(inputs)

let production: Synthesis
let staging: Synthesis
beforeAll(async () => {
  production = await synthesiseProduction()
  const variables = {
    HUNTER_BACKUP_LOCK_DAYS: '14',
    HUNTER_BACKUP_TIME: '23:05',
    HUNTER_CORS_ORIGINS: 'https://app.example.com, https://b.example.com',
    HUNTER_BACKUP_TIMEZONE: 'America/New_York',
  }
  staging = await synthesise({ stage: 'staging', secrets: SECRETS, variables })
})

describe('the bucket for backups', () => {
  const rules = () => ofBucket(production, LIFECYCLE, 'backups').inputs['rules'] as Inputs[]

  test('expires each tag after the days in the retention table', () => {
    const byTag = rules().filter(({ filter }) => filter.tag)
    expect(byTag.map(({ filter, expiration, status }) => ({ tag: filter.tag, days: expiration.days, status }))).toEqual(
      RETENTION.map(({ tag, days }) => ({ tag, days, status: 'Enabled' })),
    )
  })

  test('has the same rules as a bucket that the local stack creates', () => {
    const named = ({ id, status, filter, ...actions }: Inputs) => ({
      ID: id,
      Status: status,
      Filter: filter.tag ? { Tag: { Key: filter.tag.key, Value: filter.tag.value } } : { Prefix: filter.prefix },
      ...(capitalised(actions) as Inputs),
    })
    expect(rules().map(named)).toEqual(buildLifecycleRules())
  })

  test('never expires an object without a tag', () => {
    const expiring = rules().filter(({ expiration }) => expiration?.days || expiration?.date)
    expect(expiring.length).toBe(RETENTION.length)
    for (const { filter } of expiring) expect(filter.tag.value).toBeTruthy()
  })

  test('aborts incomplete uploads in a rule that has no tag', () => {
    const aborting = rules().filter((rule) => rule['abortIncompleteMultipartUpload'])
    expect(aborting).toHaveLength(1)
    expect(aborting[0]).toMatchObject({
      status: 'Enabled',
      filter: { prefix: '' },
      abortIncompleteMultipartUpload: { daysAfterInitiation: INCOMPLETE_UPLOAD_DAYS },
    })
  })

  test('gives every rule its own id', () => {
    expect(new Set(rules().map(({ id }) => id)).size).toBe(rules().length)
  })

  test('is versioned, private, and encrypted with a key that rotates', () => {
    const bucket = ofBucket(production, BUCKET, 'backups').inputs['bucket']
    const key = only(production, 'aws:kms/key:Key')
    expect(only(production, 'aws:s3/bucketVersioning:BucketVersioning').inputs).toEqual({
      bucket,
      versioningConfiguration: { status: 'Enabled' },
    })
    expect(ofBucket(production, ACCESS, 'backups').inputs).toEqual({
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    })
    expect(key.inputs['enableKeyRotation']).toBe(true)
    const encryption = 'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration'
    expect(only(production, encryption).inputs).toMatchObject({
      bucket,
      rules: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: 'aws:kms',
            kmsMasterKeyId: expect.stringContaining(`key/${key.name}`),
          },
        },
      ],
    })
  })

  test('refuses every request without TLS', () => {
    const { policy } = ofBucket(production, POLICY, 'backups').inputs
    expect(JSON.parse(policy).Statement).toContainEqual({
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:*'],
      Resource: [expect.not.stringMatching(/\*$/), expect.stringMatching(/\/\*$/)],
      Condition: { Bool: { 'aws:SecureTransport': ['false'] } },
    })
  })
})

describe('the bucket of uploads and exports', () => {
  test('expires both kinds within days, as the local one does, and keeps no parts of an unfinished upload', () => {
    const { rules } = ofBucket(production, LIFECYCLE, 'transfers').inputs as { rules: Inputs[] }
    expect(rules).toEqual([
      { id: 'expire-uploads', status: 'Enabled', filter: { prefix: 'uploads/' }, expiration: { days: 2 } },
      { id: 'expire-exports', status: 'Enabled', filter: { prefix: 'exports/' }, expiration: { days: 1 } },
      {
        id: 'abort-incomplete-uploads',
        status: 'Enabled',
        filter: { prefix: '' },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
    ])
  })

  test('takes forms of the pages of the API and of the listed origins alone, and lets any page read a signed address', () => {
    const rulesOf = (stage: Synthesis) =>
      (ofBucket(stage, CORS, 'transfers').inputs['corsRules'] as Inputs[]).map(({ allowedMethods, allowedOrigins }) => [
        allowedMethods,
        allowedOrigins,
      ])
    const api = expect.stringMatching(/^https:\/\/[^/]+$/) as string
    expect(rulesOf(production)).toEqual([
      [['GET'], ['*']],
      [['POST'], [api]],
    ])
    expect(rulesOf(staging)[1]).toEqual([['POST'], [api, 'https://app.example.com', 'https://b.example.com']])
    expect(readSettings(variablesOf(staging, 'ApiFunction')).HUNTER_CORS_ORIGINS).toHaveLength(2)
    expect(ofType(production, `aws:s3/${CORS}`)).toHaveLength(1)
  })

  test('is private, takes TLS alone, and is no bucket that a lock or versions would fill', () => {
    expect(ofBucket(production, ACCESS, 'transfers').inputs).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
    })
    expect(String(ofBucket(production, POLICY, 'transfers').inputs['policy'])).toContain('aws:SecureTransport')
    expect(ofType(production, 'aws:s3/bucketVersioning:BucketVersioning')).toHaveLength(1)
  })
})

describe('the Object Lock', () => {
  const LOCK = 'aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration'

  test('is set after versioning, in governance mode, for the days that the setting names', () => {
    const { inputs, dependsOn } = only(staging, LOCK)
    expect(inputs).toEqual({
      bucket: ofBucket(staging, BUCKET, 'backups').inputs['bucket'],
      rule: { defaultRetention: { mode: 'GOVERNANCE', days: 14 } },
    })
    expect(dependsOn).toContain(only(staging, 'aws:s3/bucketVersioning:BucketVersioning').name)
  })

  test('is absent without the setting', () => {
    expect(ofType(production, LOCK)).toEqual([])
  })
})

test('the settings change the time and time zone of every schedule of backups, and the calendar of retention', () => {
  const all = ofType(staging, 'aws:scheduler/schedule:Schedule').map(({ inputs }) => inputs)
  const schedules = all.filter((inputs) => /NightlyBackup|HourlyReconcile|WeeklyDrill/.test(inputs['name']))
  expect(schedules.map((inputs) => inputs['scheduleExpressionTimezone'])).toEqual(Array(3).fill('America/New_York'))
  expect(schedules.map((inputs) => inputs['scheduleExpression'])).toContain('cron(5 23 * * ? *)')
  for (const name of ['VerifyBackup', 'ReconcileBackups']) {
    const { variables } = functionOf(staging, name)['environment']
    expect(variables).toMatchObject({ HUNTER_BACKUP_TIMEZONE: 'America/New_York' })
  }
  expect(functionOf(staging, 'ApiFunction')['environment'].variables).toMatchObject({ HUNTER_BACKUP_TIME: '23:05' })
})

describe('the removal of a stage', () => {
  test('is refused for production', () => {
    expect(production.app).toMatchObject({ protect: true, removal: 'retain' })
    expect(staging.app).toMatchObject({ protect: false, removal: 'remove' })
  })

  test.each(['aws:s3/bucket:Bucket', 'aws:kms/key:Key', CLUSTER])(
    'keeps %s of production even if it is forced',
    (type) => {
      const isBackups = ({ bucket }: Inputs) => String(bucket).includes('-backups')
      const ours = type === CLUSTER ? isLive : type === 'aws:s3/bucket:Bucket' ? isBackups : undefined
      expect(only(production, type, ours).retainOnDelete).toBe(true)
      expect(only(staging, type, ours).retainOnDelete).toBe(false)
    },
  )

  test('never empties the bucket of the backups', () => {
    for (const stage of [production, staging])
      expect(ofBucket(stage, BUCKET, 'backups').inputs['forceDestroy']).toBe(false)
  })

  test('takes a last snapshot of the database in every stage', () => {
    for (const stage of [production, staging]) {
      const { inputs } = only(stage, CLUSTER, isLive)
      expect(inputs['skipFinalSnapshot']).toBe(false)
      expect(inputs['finalSnapshotIdentifier']).toMatch(/^[a-z](?:-?[a-z0-9])+$/)
    }
  })
})

test('the database is encrypted and refuses major upgrades; the one of production cannot be deleted', () => {
  const { inputs } = only(production, CLUSTER, isLive)
  expect(inputs).toMatchObject({
    engine: 'aurora-postgresql',
    storageEncrypted: true,
    allowMajorVersionUpgrade: false,
    deletionProtection: true,
  })
  expect(only(staging, CLUSTER, isLive).inputs['deletionProtection']).toBe(false)
})

test('a separate server of the same version proves large backups; it sleeps while idle, and removal keeps no snapshot of it', () => {
  for (const stage of [production, staging]) {
    const [live, proofs] = [isLive, isProofServer].map((ours) => only(stage, CLUSTER, ours).inputs)
    expect(proofs).toMatchObject({
      engine: 'aurora-postgresql',
      engineVersion: live?.['engineVersion'],
      storageEncrypted: true,
      allowMajorVersionUpgrade: false,
      skipFinalSnapshot: true,
      serverlessv2ScalingConfiguration: { minCapacity: 0, maxCapacity: 8, secondsUntilAutoPause: 300 },
    })
  }
})

/** Capitalises names: the provider writes `daysAfterInitiation` where the API has `DaysAfterInitiation`. */
function capitalised(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.charAt(0).toUpperCase() + key.slice(1), capitalised(inner)]),
  )
}
