import { beforeAll, describe, expect, test } from 'vitest'
import { readSettings } from '#runtime/settings'
import { type Synthesis } from '../support/synth.ts'
import {
  actionsOf,
  functionOf,
  FUNCTIONS,
  ofBucket,
  only,
  queueOf,
  rightsOf,
  SECRETS,
  variablesOf,
  synthesiseProduction,
} from './stack.ts'

let stack: Synthesis
beforeAll(async () => {
  stack = await synthesiseProduction()
})

describe('permissions in the bucket', () => {
  const objectsThatMayBePut = (name: string) =>
    rightsOf(stack, name)
      .filter(({ Action }) => Action.includes('s3:PutObject'))
      .flatMap(({ Resource }) => Resource.map((arn) => arn.split('/').slice(1).join('/')))

  test('the backup writes dumps, settings, manifests and records, reads only manifests, and tags nothing', () => {
    expect(objectsThatMayBePut('Backup')).toEqual(['*/dump.sql.gz', '*/config.tar.gz', '*/manifest.json', '*/run.json'])
    expect(actionsOf(stack, 'Backup').filter((action) => action.startsWith('s3:'))).toEqual([
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:ListBucket',
      's3:ListMultipartUploadParts',
      's3:PutObject',
    ])
    const reads = rightsOf(stack, 'Backup').filter(({ Action }) => Action.includes('s3:GetObject'))
    expect(reads.flatMap(({ Resource }) => Resource.map((arn) => arn.split('/').slice(1).join('/')))).toEqual([
      '*/manifest.json',
    ])
  })

  test('the prover reads every version, writes only proofs and checks, and may tag', () => {
    expect(objectsThatMayBePut('VerifyBackup')).toEqual(['*/proof.json', '*/check.json'])
    expect(actionsOf(stack, 'VerifyBackup').filter((action) => action.startsWith('s3:'))).toEqual([
      's3:GetObject',
      's3:GetObjectTagging',
      's3:GetObjectVersion',
      's3:ListBucket',
      's3:PutObject',
      's3:PutObjectTagging',
    ])
  })

  test('the reconciler reads what describes backups but no data, may tag, and aborts uploads', () => {
    expect(objectsThatMayBePut('ReconcileBackups')).toEqual(['*/proof-requests.json'])
    const read = rightsOf(stack, 'ReconcileBackups').find(({ Action }) => Action.includes('s3:GetObject'))
    expect(read?.Resource.map((arn) => arn.split('/').at(-1))).toEqual([
      'manifest.json',
      'proof.json',
      'check.json',
      'proof-requests.json',
      'drill.json',
    ])
    expect(actionsOf(stack, 'ReconcileBackups').filter((action) => action.startsWith('s3:'))).toEqual([
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:GetObjectTagging',
      's3:ListBucket',
      's3:ListBucketMultipartUploads',
      's3:PutObject',
      's3:PutObjectTagging',
    ])
  })

  test('the drill reads every version, writes only its report, and tags nothing', () => {
    expect(objectsThatMayBePut('RestoreDrill')).toEqual(['*/drill.json'])
    expect(actionsOf(stack, 'RestoreDrill').filter((action) => action.startsWith('s3:'))).toEqual([
      's3:GetObject',
      's3:GetObjectVersion',
      's3:ListBucket',
      's3:PutObject',
    ])
  })

  const onBackups = (name: string) => {
    const bucket = String(ofBucket(stack, 'bucket:Bucket', 'backups').inputs['bucket'])
    return rightsOf(stack, name).filter(({ Resource }) => Resource.some((arn) => arn.includes(bucket)))
  }

  test('the API lists backups and reads their records and tags, but none of their data', () => {
    const reads = onBackups('ApiFunction').filter(({ Action }) => Action.includes('s3:GetObject'))
    expect(reads.flatMap(({ Resource }) => Resource.map((arn) => arn.split('/').slice(1).join('/')))).toEqual([
      '*/manifest.json',
      '*/proof.json',
      '*/check.json',
      '*/run.json',
      '*/notes.json',
      '*/drill.json',
    ])
    expect(
      onBackups('ApiFunction')
        .flatMap(({ Action }) => Action)
        .sort(),
    ).toEqual(['s3:GetObject', 's3:GetObjectTagging', 's3:ListBucket'])
    expect(readSettings(variablesOf(stack, 'ApiFunction'))).toMatchObject({
      HUNTER_BACKUP_SOURCE: 'hunter',
      HUNTER_BACKUP_TIMEZONE: 'Europe/Istanbul',
    })
  })

  test('the worker sees nothing of a backup', () => {
    expect(onBackups('BulkWorker')).toEqual([])
  })
})

describe('rights to uploads and exports', () => {
  const rightsTo = (name: string) => {
    const arn = `arn:aws:s3:::${String(ofBucket(stack, 'bucket:Bucket', 'transfers').inputs['bucket'])}`
    return rightsOf(stack, name)
      .filter(({ Resource }) => Resource.some((one) => one.startsWith(arn)))
      .map(({ Action, Resource }) => [Action.join(), Resource.map((one) => one.slice(arn.length)).join()])
  }

  test('the API puts and gets both, and aborts its own exports; it deletes and tags nothing', () => {
    expect(rightsTo('ApiFunction')).toEqual([
      ['s3:ListBucket', ''],
      ['s3:PutObject,s3:GetObject', '/uploads/*,/exports/*'],
      ['s3:AbortMultipartUpload', '/exports/*'],
    ])
  })

  test('the worker reads uploads, and no other function sees the bucket', () => {
    expect(rightsTo('BulkWorker')).toEqual([
      ['s3:ListBucket', ''],
      ['s3:GetObject', '/uploads/*'],
    ])
    const others = FUNCTIONS.filter((name) => !['ApiFunction', 'BulkWorker'].includes(name))
    expect(others.flatMap(rightsTo)).toEqual([])
  })
})

describe('permissions for settings', () => {
  const PATH = /^arn:aws:ssm:eu-central-1:000000000000:parameter\/hunter\/production$/

  test('only the backup reads and decrypts parameters, and only below the path of its stage', () => {
    const reading = FUNCTIONS.filter((name) => actionsOf(stack, name).some((action) => action.startsWith('ssm:')))
    expect(reading).toEqual(['Backup'])
    const { Resource } =
      rightsOf(stack, 'Backup').find(({ Action }) => Action.includes('ssm:GetParametersByPath')) ?? {}
    expect(Resource).toEqual([expect.stringMatching(PATH), `${Resource?.[0]}/*`])
    const decrypt = rightsOf(stack, 'Backup').find(
      ({ Action, Condition }) => Condition && Action.includes('kms:Decrypt'),
    )
    expect(decrypt?.Condition).toEqual({
      StringEquals: { 'kms:ViaService': ['ssm.eu-central-1.amazonaws.com'] },
      StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': [`${Resource?.[0]}/*`] },
    })
    expect(readSettings(variablesOf(stack, 'Backup')).HUNTER_BACKUP_PARAMETERS).toEqual(['/hunter/production'])
  })

  test('the deployment stores the pepper of the keys there, encrypted, so that each backup includes it', () => {
    expect(only(stack, 'aws:ssm/parameter:Parameter').inputs).toMatchObject({
      name: '/hunter/production/KeyPepper',
      type: 'SecureString',
      value: SECRETS.KeyPepper,
    })
  })

  test('no function has the backup key in its environment, which the console shows', () => {
    for (const name of FUNCTIONS) expect(variablesOf(stack, name)).not.toHaveProperty('HUNTER_BACKUP_KEY')
  })
})

describe('permissions for snapshots', () => {
  test('only the reconciler deletes snapshots, and only those with our tag', () => {
    const deleting = FUNCTIONS.filter((name) => actionsOf(stack, name).some((action) => /^rds:.*Delete/.test(action)))
    expect(deleting).toEqual(['ReconcileBackups'])
    const right = rightsOf(stack, 'ReconcileBackups').find(({ Action }) => /Delete/.test(Action.join()))
    expect(right).toMatchObject({
      Action: ['rds:DeleteDBClusterSnapshot'],
      Resource: [expect.stringMatching(/:cluster-snapshot:\*$/)],
      Condition: { StringEquals: { 'aws:ResourceTag/hunter:source': ['hunter'] } },
    })
    expect(variablesOf(stack, 'ReconcileBackups')['HUNTER_BACKUP_SOURCE']).toBe('hunter')
  })
})

test('the API requests scans, backups and proofs, and reads messages of none of these queues', () => {
  const queuesOf = (action: string) =>
    rightsOf(stack, 'ApiFunction')
      .filter(({ Action }) => Action.includes(action))
      .flatMap(({ Resource }) => Resource.map((arn) => arn.split(':').at(-1)))
  const names = ['ScanQueue', 'BackupQueue', 'ProofQueue'].map((name) => queueOf(stack, name)['name'])
  expect(queuesOf('sqs:SendMessage')).toEqual(names)
  expect(queuesOf('sqs:ReceiveMessage').filter((name) => names.includes(name))).toEqual([])
  expect(actionsOf(stack, 'ApiFunction').filter((action) => /^(?:lambda|rds):/.test(action))).toEqual([])
})

test('only the API reads dead letters, and only those of scans', () => {
  const takers = FUNCTIONS.flatMap((name) =>
    rightsOf(stack, name)
      .filter(({ Action }) => Action.includes('sqs:ReceiveMessage'))
      .flatMap(({ Resource }) => Resource.map((arn) => [name, arn.split(':').at(-1)])),
  )
  expect(takers.filter(([, queue]) => queue?.includes('Dead'))).toEqual([
    ['ApiFunction', queueOf(stack, 'ScanQueueDead')['name']],
  ])
})

test('the worker may shorten the delay of messages in its own queue only, and sends to no other', () => {
  const changing = rightsOf(stack, 'BulkWorker').filter(({ Action }) => Action.includes('sqs:ChangeMessageVisibility'))
  const queues = changing.flatMap(({ Resource }) => Resource.map((arn) => arn.split(':').at(-1)))
  expect(queues).toEqual([queueOf(stack, 'ScanQueue')['name']])
  const sending = actionsOf(stack, 'BulkWorker').filter((action) => action.startsWith('sqs:Send'))
  // the companies of an import become bulk scans
  expect(sending).toEqual(['sqs:SendMessage'])
})

test.each(['ApiFunction', 'Deliver'])(
  '%s sends mail of verified senders through the set that reports returns',
  (name) => {
    const [right, ...others] = rightsOf(stack, name).filter(({ Action }) =>
      Action.some((one) => one.startsWith('ses:')),
    )
    expect([right?.Action, right?.Resource, others]).toEqual([
      ['ses:SendEmail'],
      [expect.stringMatching(/^arn:aws:ses:[^*]+:identity\/\*$/), expect.stringContaining('AlertMails')],
      [],
    ])
    expect(readSettings(variablesOf(stack, name))).toMatchObject({ HUNTER_ALERT_REPORTS: 'hunter-production-alerts' })
  },
)

test('mail that comes back reaches Deliver alone: from SES itself, of this stage, and by one rule that may call it', () => {
  const reported = only(stack, 'aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination').inputs
  expect(reported).toMatchObject({
    configurationSetName: 'hunter-production-alerts',
    eventDestination: { enabled: true, matchingEventTypes: ['BOUNCE', 'COMPLAINT'] },
  })
  const rule = only(stack, 'aws:cloudwatch/eventRule:EventRule').inputs
  const { source, detail } = JSON.parse(String(rule['eventPattern'])) as Record<string, unknown>
  expect([source, detail]).toEqual([
    ['aws.ses'],
    { mail: { tags: { 'ses:configuration-set': ['hunter-production-alerts'] } } },
  ])
  const { function: called, ...permission } = only(stack, 'aws:lambda/permission:Permission', (inputs) =>
    String(inputs['principal']).startsWith('events.'),
  ).inputs
  expect(called).toBe(functionOf(stack, 'Deliver')['name'])
  expect(permission).toMatchObject({
    action: 'lambda:InvokeFunction',
    principal: 'events.amazonaws.com',
    sourceArn: expect.stringContaining('ReturnedMail'),
  })
  expect(only(stack, 'aws:cloudwatch/eventTarget:EventTarget').inputs['arn']).toContain('Deliver')
})
