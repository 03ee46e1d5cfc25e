import { BlockList } from 'node:net'
import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildScheduledEvent } from '#local/schedules'
import { FUNCTIONS as DEPLOYED, type FunctionName, LEAN_HEAP } from '#deployment/functions'
import { INSTANCES_MAX } from '#deployment/instances'
import { QUEUES } from '#deployment/queues'
import { SCHEDULES } from '#deployment/schedules'
import { getResource } from '#runtime/resources'
import { readSettings } from '#runtime/settings'
import type { Synthesis } from '../support/synth.ts'
import {
  actionsOf,
  functionOf,
  FUNCTIONS,
  ofBucket,
  ofType,
  only,
  queueOf,
  SECRETS,
  synthesiseProduction,
  variablesOf,
} from './stack.ts'

let stack: Synthesis
beforeAll(async () => {
  stack = await synthesiseProduction()
}, 300_000)

describe.each(FUNCTIONS)('%s', (name) => {
  test('runs on Node 24 on arm64 and keeps its logs for 30 days', () => {
    const fn = functionOf(stack, name)
    expect(fn).toMatchObject({ runtime: 'nodejs24.x', architectures: ['arm64'], handler: 'bundle.handler' })
    const group = only(stack, 'aws:cloudwatch/logGroup:LogGroup', (it) => it['name'] === fn['loggingConfig'].logGroup)
    expect(group.inputs['retentionInDays']).toBe(30)
  })

  test('runs with a heap that is collected early and may take nine tenths of the memory', () => {
    const memoryMb = Number(functionOf(stack, name)['memorySize'])
    const options = [...LEAN_HEAP, `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`].join(' ')
    expect(variablesOf(stack, name)['NODE_OPTIONS']).toBe(options)
  })

  test('gets settings that Hunter accepts', () => {
    expect(readSettings(variablesOf(stack, name)).HUNTER_ENV).toBe('live')
  })

  test('has a role that only Lambda may assume, and no permission with a wildcard in its action', () => {
    const { inputs } = only(stack, 'aws:iam/role:Role', (it) => it['name'].includes(`-${name}Role-`))
    const trust = inputs['assumeRolePolicy'] as { Statement: { Principal: unknown }[] }
    expect(trust.Statement.map(({ Principal }) => Principal)).toEqual([{ Service: 'lambda.amazonaws.com' }])
    for (const action of actionsOf(stack, name)) expect(action).not.toContain('*')
  })

  test('may neither delete anything in the bucket nor change its lifecycle', () => {
    expect(
      actionsOf(stack, name).filter((action) =>
        /^s3:(Delete|PutLifecycle|PutBucket|BypassG|PutObject(Retention|LegalHold|Acl))/.test(action),
      ),
    ).toEqual([])
  })
})

test('links have the shapes that the functions parse', () => {
  const links = Object.assign({}, ...Object.values(stack.functions).map(({ input }) => input.links))
  process.env['SST_RESOURCE_App'] = JSON.stringify({ name: 'hunter', stage: 'production' })
  for (const [name, value] of Object.entries(links)) process.env[`SST_RESOURCE_${name}`] = JSON.stringify(value)
  expect(getResource('Database')).toMatchObject({ port: 5432, username: 'postgres', database: 'hunter' })
  expect(getResource('Redis').url).toMatch(/^https:\/\/.+/)
  expect(getResource('Backups').name).toBe(ofBucket(stack, 'bucket:Bucket', 'backups').inputs['bucket'])
  expect(getResource('Transfers').name).toBe(ofBucket(stack, 'bucket:Bucket', 'transfers').inputs['bucket'])
  expect(getResource('ScanQueue').url).toContain(queueOf(stack, 'ScanQueue')['name'])
  expect(getResource('ScanQueueDead').url).toContain(queueOf(stack, 'ScanQueueDead')['name'])
  expect(getResource('BackupQueue').url).toContain(queueOf(stack, 'BackupQueue')['name'])
  expect(getResource('ProofQueue').url).toContain(queueOf(stack, 'ProofQueue')['name'])
  expect(getResource('ProofServer')).toMatchObject({ port: 5432, host: expect.stringMatching(/proofserver/i) })
  expect(getResource('KeyPepper').value).toBe(SECRETS.KeyPepper)
  expect(getResource('BackupKey').value).toBe('')
})

test.each([
  [
    'ApiFunction',
    [
      'BackupQueue',
      'Backups',
      'Database',
      'KeyPepper',
      'ProofQueue',
      'Redis',
      'ScanQueue',
      'ScanQueueDead',
      'Transfers',
    ],
  ],
  ['BulkWorker', ['Database', 'Redis', 'ScanQueue', 'Transfers']],
  ['Backup', ['BackupKey', 'Backups', 'Database', 'ProofQueue']],
  ['VerifyBackup', ['BackupKey', 'Backups', 'ProofServer']],
  ['ReconcileBackups', ['Backups', 'ProofQueue']],
  ['RestoreDrill', ['Backups', 'Database']],
  ['Rescan', ['Database', 'ScanQueue']],
  ['Referrals', ['Database', 'KeyPepper', 'ScanQueue']],
  ['Deliver', ['Database', 'KeyPepper', 'Redis']],
  ['Digest', ['Backups', 'Database']],
  ['Migrate', ['Database']],
])('%s is linked only to the resources that it uses', (name, expected) => {
  expect(Object.keys(stack.functions[name]?.input.links ?? {}).sort()).toEqual(expected)
})

describe('network', () => {
  test.each([
    'ApiFunction',
    'BulkWorker',
    'Backup',
    'VerifyBackup',
    'RestoreDrill',
    'Rescan',
    'Referrals',
    'Deliver',
    'Digest',
    'Migrate',
  ])('%s runs in the network of the database and connects with TLS', (name) => {
    expect(functionOf(stack, name)['vpcConfig'].subnetIds).toHaveLength(2)
    expect(variablesOf(stack, name)['PGSSLMODE']).toBe('verify-full')
  })

  test.each(['ApiFunction', 'Deliver'])(
    '%s, which connects to addresses that people type, reaches the internet and Postgres, and nothing else inside',
    (name) => {
      const { inputs } = only(stack, 'aws:ec2/securityGroup:SecurityGroup', (group) =>
        /Postgres/.test(group['description'] as string),
      )
      expect(functionOf(stack, name)['vpcConfig'].securityGroupIds).toEqual(['Outward'])
      const [internet, postgres] = inputs['egress'] as { cidrBlocks: string[]; fromPort: number; toPort: number }[]
      expect([postgres?.fromPort, postgres?.toPort, postgres?.cidrBlocks.length]).toEqual([5_432, 5_432, 1])
      expect(internet?.cidrBlocks.length).toBeLessThan(60) // AWS's limit of rules
      const ranges = new BlockList()
      for (const range of internet?.cidrBlocks ?? []) {
        const [address = '', bits] = range.split('/')
        ranges.addSubnet(address, Number(bits))
      }
      const inside = [
        '10.0.0.1',
        '10.255.255.255',
        '172.16.0.0',
        '172.31.255.255',
        '192.168.1.1',
        '100.64.0.1',
        '127.0.0.1',
        '224.0.0.1',
        '255.255.255.255',
        '0.0.0.0',
      ]
      const outside = [
        '1.1.1.1',
        '9.255.255.255',
        '11.0.0.0',
        '52.95.110.1',
        '100.63.255.255',
        '100.128.0.0',
        '172.15.255.255',
        '172.32.0.0',
        '192.167.255.255',
        '192.169.0.0',
        '223.255.255.255',
      ]
      expect(inside.filter((address) => ranges.check(address))).toEqual([])
      expect(outside.filter((address) => !ranges.check(address))).toEqual([])
    },
  )

  test('the reconciler runs outside the network, because it calls only AWS', () => {
    expect(functionOf(stack, 'ReconcileBackups')['vpcConfig']).toBeUndefined()
  })

  test('the prover runs in the network with the largest disk, and has no link to the live database', () => {
    expect(functionOf(stack, 'VerifyBackup')['vpcConfig'].subnetIds).toHaveLength(2)
    expect(variablesOf(stack, 'VerifyBackup')['PGSSLMODE']).toBe('verify-full')
    expect(stack.functions['VerifyBackup']?.input.links).not.toHaveProperty('Database')
    expect(functionOf(stack, 'VerifyBackup')['ephemeralStorage'].size).toBe(10_240)
  })

  test('the private subnets reach S3 through a gateway endpoint', () => {
    const { inputs } = only(stack, 'aws:ec2/vpcEndpoint:VpcEndpoint')
    expect(inputs['vpcEndpointType']).toBe('Gateway')
    expect(inputs['routeTableIds']).toEqual(['NetworkPrivateRouteTable1', 'NetworkPrivateRouteTable2'])
  })
})

describe('instances', () => {
  test.each([
    ['ApiFunction', INSTANCES_MAX.api],
    ['BulkWorker', INSTANCES_MAX.worker],
  ])('%s reserves as many instances as divide the limits without Redis', (name, instances) => {
    expect(functionOf(stack, name)['reservedConcurrentExecutions']).toBe(instances)
    expect(readSettings(variablesOf(stack, name)).HUNTER_API_INSTANCES).toBe(INSTANCES_MAX.api)
  })

  test('the queue starts no more workers than may run, so Lambda throttles no message', () => {
    const { inputs } = only(stack, 'aws:lambda/eventSourceMapping:EventSourceMapping', (it) =>
      it['functionName'].includes(functionOf(stack, 'BulkWorker')['name']),
    )
    expect(inputs['scalingConfig']).toEqual({ maximumConcurrency: INSTANCES_MAX.worker })
  })
})

describe('queues', () => {
  const consumers = [
    { queue: 'ScanQueue', fn: 'BulkWorker' },
    { queue: 'ProofQueue', fn: 'VerifyBackup' },
    { queue: 'BackupQueue', fn: 'Backup' },
  ]

  test('have only the consumers that this test names', () => {
    expect(ofType(stack, 'aws:lambda/eventSourceMapping:EventSourceMapping')).toHaveLength(consumers.length)
  })

  test.each(consumers)(
    '$fn reports which messages of $queue failed, or takes one at a time, long before they become visible again',
    ({ queue, fn }) => {
      const mapping = only(stack, 'aws:lambda/eventSourceMapping:EventSourceMapping', (it) =>
        it['eventSourceArn'].endsWith(queueOf(stack, queue)['name']),
      )
      expect(mapping.inputs['functionName']).toContain(functionOf(stack, fn)['name'])
      const reports = mapping.inputs['functionResponseTypes']?.includes('ReportBatchItemFailures') ?? false
      expect([reports, mapping.inputs['batchSize']]).toEqual([fn !== 'Backup', 1])
      const visibilityS = queueOf(stack, queue)['visibilityTimeoutSeconds'] as number
      expect(visibilityS).toBeGreaterThanOrEqual(6 * functionOf(stack, fn)['timeout'])
    },
  )

  test.each(consumers)(
    '$queue moves failed messages to a dead-letter queue that keeps them for 14 days',
    ({ queue }) => {
      const dead = queueOf(stack, `${queue}Dead`)
      const redrive = JSON.parse(queueOf(stack, queue)['redrivePolicy'])
      expect(redrive.deadLetterTargetArn.split(':').at(-1)).toBe(dead['name'])
      expect(redrive.maxReceiveCount).toBeGreaterThanOrEqual(3)
      expect(dead['messageRetentionSeconds']).toBe(14 * 24 * 60 * 60)
    },
  )
})

test.each([
  ['ScanQueue', QUEUES.scans],
  ['ProofQueue', QUEUES.proofs],
  ['BackupQueue', QUEUES.backups],
] as const)('%s has the tries and the visibility timeout of the shared table', (name, { hiddenS, tries }) => {
  const queue = queueOf(stack, name)
  expect(JSON.parse(queue['redrivePolicy']).maxReceiveCount).toBe(tries)
  expect(queue['visibilityTimeoutSeconds']).toBe(hiddenS)
})

test.each(Object.keys(DEPLOYED) as FunctionName[])('%s has the timeout and the memory of the shared table', (name) => {
  const { handler, timeoutS, memoryMb } = DEPLOYED[name]
  const deployed = FUNCTIONS.filter((fn) => stack.functions[fn]?.input.handler === handler)
  expect(deployed).toHaveLength(1)
  expect(functionOf(stack, deployed[0]!)).toMatchObject({ timeout: timeoutS, memorySize: memoryMb })
})

test('every file in functions is deployed', () => {
  const files = readdirSync('functions').map((file) => `functions/${file.replace('.ts', '.handler')}`)
  expect(files.sort()).toEqual(
    Object.values(DEPLOYED)
      .map(({ handler }) => handler)
      .sort(),
  )
})

test('no more workers poll the queue than the limits assume', () => {
  const queue = queueOf(stack, 'ScanQueue')
  const mapping = only(stack, 'aws:lambda/eventSourceMapping:EventSourceMapping', (it) =>
    it['eventSourceArn'].endsWith(queue['name']),
  )
  expect(mapping.inputs['scalingConfig']).toEqual({ maximumConcurrency: INSTANCES_MAX.worker })
})

describe('schedules', () => {
  const backup = () => only(stack, 'aws:scheduler/schedule:Schedule', (it) => it['name'].includes('NightlyBackup'))

  test('are the ones in the schedule table', () => {
    expect(ofType(stack, 'aws:scheduler/schedule:Schedule')).toHaveLength(Object.keys(SCHEDULES).length)
  })

  test('start the backup at three in the morning in Istanbul', () => {
    expect(backup().inputs).toMatchObject({
      scheduleExpression: 'cron(0 3 * * ? *)',
      scheduleExpressionTimezone: 'Europe/Istanbul',
      state: 'ENABLED',
    })
    expect(backup().inputs['target'].arn).toContain(functionOf(stack, 'Backup')['name'])
  })

  const names = [
    'NightlyBackup',
    'HourlyReconcile',
    'Rescans',
    'WeeklyDrill',
    'ReferralSync',
    'MinutelyDelivery',
    'MinutelyDigests',
  ]
  const functions = ['Backup', 'ReconcileBackups', 'Rescan', 'RestoreDrill', 'Referrals', 'Deliver', 'Digest']

  test.each(Object.values(SCHEDULES).map((schedule) => ({ ...schedule, fn: functions[names.indexOf(schedule.name)] })))(
    '$name calls $function, retries it, and sends its last failure to a queue',
    ({ name, fn = '', function: called, retries, timezone }) => {
      const { inputs } = only(stack, 'aws:scheduler/schedule:Schedule', (it) => it['name'].includes(name))
      const failures = queueOf(stack, 'FailedSchedules')['name']
      expect(stack.functions[fn]?.input.handler).toBe(DEPLOYED[called].handler)
      expect(inputs).toMatchObject({ scheduleExpressionTimezone: timezone, state: 'ENABLED' })
      expect(inputs['target'].arn).toContain(functionOf(stack, fn)['name'])
      expect(retries).toBeGreaterThan(0)
      expect(inputs['target'].retryPolicy.maximumRetryAttempts).toBe(retries)
      expect(inputs['target'].deadLetterConfig.arn).toContain(failures)
      const runs = only(stack, 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig', (it) =>
        it['functionName'].includes(functionOf(stack, fn)['name']),
      ).inputs
      expect(runs['maximumRetryAttempts']).toBe(retries)
      expect(runs['destinationConfig'].onFailure.destination).toContain(failures)
      expect(actionsOf(stack, fn)).toContain('sqs:SendMessage')
    },
  )

  test('send the same event as the local stack', () => {
    const sent = JSON.parse(backup().inputs['target'].input) as Record<string, unknown>
    const local = buildScheduledEvent(SCHEDULES.backup, new Date())
    expect(Object.keys(sent).sort()).toEqual(Object.keys(local).sort())
    expect(sent).toMatchObject({ source: local.source, 'detail-type': local['detail-type'], detail: local.detail })
  })
})

test('mails link to the address of the API, where a reader unsubscribes and finds the page', () => {
  const url = variablesOf(stack, 'Deliver')['HUNTER_PUBLIC_URL']
  expect(url).toMatch(/^https:\/\/[\w.-]+\.execute-api\.[\w.-]+$/)
  expect(readSettings(variablesOf(stack, 'Deliver')).HUNTER_PUBLIC_URL).toBe(url)
})

test('the gateway sends every route to the API function in the version 2 format', () => {
  expect(only(stack, 'aws:apigatewayv2/route:Route').inputs['routeKey']).toBe('$default')
  const { inputs } = only(stack, 'aws:apigatewayv2/integration:Integration')
  expect(inputs['payloadFormatVersion']).toBe('2.0')
  expect(inputs['integrationUri']).toContain(functionOf(stack, 'ApiFunction')['name'])
  expect(functionOf(stack, 'ApiFunction')['timeout']).toBeLessThan(30)
})

test('the access log of the gateway names no path, because paths hold domains and the tokens of links', () => {
  const { format } = only(stack, 'aws:apigatewayv2/stage:Stage').inputs['accessLogSettings'] as { format: string }
  expect(format).not.toMatch(/\$context\.(?:path|customDomain\.basePathMatched)/)
  expect(format).toContain('$context.identity.sourceIp')
})

test('Redis requires TLS and may evict keys', () => {
  expect(only(stack, 'upstash:index/redisDatabase:RedisDatabase').inputs).toMatchObject({ tls: true, eviction: true })
})
