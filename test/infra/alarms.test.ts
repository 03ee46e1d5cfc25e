import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { computeBackupHealth } from '#backups/operations/health'
import { BACKUP_METRICS, buildHealthMetrics } from '#backups/operations/metrics'
import { createBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import { COUNTERS, METRICS_NAMESPACE } from '#platform/metrics/metric-table'
import type { Drill } from '#backups/operations/drill-report'
import { type Inputs, ROOT, type Synthesis } from '../support/synth.ts'
import { manifestOf, proofOf } from '../backups/made-up.ts'
import { TestClock } from '../support/test-clock.ts'
import { functionOf, ofType, only, queueOf, synthesiseProduction } from './stack.ts'

let stack: Synthesis
beforeAll(async () => {
  stack = await synthesiseProduction()
})

const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm'

function alarm(name: string): Inputs {
  const found = ofType(stack, ALARM).filter((resource) => resource.name === name)
  expect(found).toHaveLength(1)
  return found[0]?.inputs ?? {}
}

test('every alarm describes what happened, and notifies the topic when it starts and when it clears', () => {
  const topic = only(stack, 'aws:sns/topic:Topic')
  expect(ofType(stack, ALARM)).toHaveLength(21)
  for (const { inputs } of ofType(stack, ALARM)) {
    expect(inputs['alarmActions']).toEqual([expect.stringContaining(topic.name)])
    expect(inputs['okActions']).toEqual(inputs['alarmActions'])
    expect(inputs['alarmDescription'].length).toBeGreaterThan(30)
  }
})

test('every alarm names a runbook, which exists and mentions the alarm', async () => {
  for (const { name, inputs } of ofType(stack, ALARM)) {
    const [, path = ''] = /Runbook: (docs\/runbooks\/[a-z-]+\.md)$/.exec(inputs['alarmDescription']) ?? []
    expect(await readFile(join(ROOT, path), 'utf8'), `${name}: ${path}`).toContain(`\`${name}\``)
  }
})

describe('missing backups and drills', () => {
  test('an alarm rings when no backup was verified for 26 hours, and when nothing measures it', () => {
    expect(alarm('NoVerifiedBackup')).toMatchObject({
      namespace: 'Hunter/Backups',
      metricName: 'NewestVerifiedAgeHours',
      dimensions: { Stage: 'production', Source: 'hunter' },
      comparisonOperator: 'GreaterThanThreshold',
      statistic: 'Maximum',
      threshold: 26,
      period: 3_600,
      evaluationPeriods: 1,
      treatMissingData: 'breaching',
    })
  })

  test('the alarm rings in the same hour in which the health check fails', () => {
    const clock = new TestClock()
    const id = createBackupId(clock.now(), 'abcdef')
    const entry: BackupEntry = { id, readable: true, manifest: manifestOf(id), proof: proofOf(id), state: 'verified' }
    const { threshold } = alarm('NoVerifiedBackup')
    const rings = () => {
      const age = buildHealthMetrics(computeBackupHealth([entry], [], clock.now())).find(
        ({ name }) => name === BACKUP_METRICS.age,
      )
      return (age?.value ?? Infinity) > threshold
    }
    const hours: number[] = []
    for (let hour = 0; hour < 40; hour += 1) {
      if (rings()) hours.push(hour)
      expect(rings()).toBe(!computeBackupHealth([entry], [], clock.now()).isHealthy)
      clock.advanceMs(3_600_000)
    }
    expect(hours[0]).toBe(27)
  })

  test('the alarm rings eight days after the last successful drill, even if a later drill failed', () => {
    const clock = new TestClock()
    const drill = { version: 1, startedAt: clock.now().toISOString(), toolVersion: '0.0.0' } as const
    const backupId = createBackupId(clock.now(), 'abcdef')
    const drills: Drill[] = [
      { ...drill, backupId, passed: true, totalMs: 1_000, restoreMs: 900, compareMs: 100, tables: 1, rows: 1 },
    ]
    const { threshold } = alarm('NoRestoreDrill')
    const rings = () => {
      const age = buildHealthMetrics(computeBackupHealth([], drills, clock.now())).find(
        ({ name }) => name === BACKUP_METRICS.drillAge,
      )
      return (age?.value ?? Infinity) > threshold
    }
    clock.advanceMs(8 * 24 * 3_600_000)
    drills.push({ ...drill, startedAt: clock.now().toISOString(), backupId, passed: false, reason: 'no room' })
    expect(rings()).toBe(false)
    clock.advanceMs(3_600_000)
    expect(rings()).toBe(true)
  })

  test('an alarm rings when no drill succeeded for eight days, and when nothing measures it', () => {
    expect(alarm('NoRestoreDrill')).toMatchObject({
      metricName: 'LastDrillAgeDays',
      threshold: 8,
      treatMissingData: 'breaching',
    })
  })
})

test('an alarm rings for a single backup that is dated in the future', () => {
  expect(alarm('BackupFromFuture')).toMatchObject({
    metricName: BACKUP_METRICS.fromFuture,
    dimensions: { Stage: 'production', Source: 'hunter' },
    statistic: 'Maximum',
    threshold: 0,
    treatMissingData: 'notBreaching',
  })
})

test('an alarm rings for a damaged backup until a measurement counts none', () => {
  expect(alarm('BackupDamaged')).toMatchObject({
    metricName: 'DamagedBackups',
    dimensions: { Stage: 'production', Source: 'hunter' },
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'ignore',
  })
})

test('an alarm rings for a recovery time above five minutes until the next drill', () => {
  expect(alarm('RecoveryTooSlow')).toMatchObject({
    metricName: 'RecoverySeconds',
    dimensions: { Stage: 'production', Source: 'hunter' },
    threshold: 300,
    treatMissingData: 'ignore',
  })
})

test.each([
  ['BackupFailed', 'Backup'],
  ['ReconcileFailed', 'ReconcileBackups'],
  ['DrillFailed', 'RestoreDrill'],
])('%s rings after one error of %s', (name, fn) => {
  const { name: FunctionName } = functionOf(stack, fn)
  expect(alarm(name)).toMatchObject({
    namespace: 'AWS/Lambda',
    metricName: 'Errors',
    dimensions: { FunctionName },
    statistic: 'Sum',
    threshold: 0,
  })
})

test.each([
  ['ProofsGivenUp', 'ProofQueueDead'],
  ['BackupRequestsGivenUp', 'BackupQueueDead'],
  ['ScansGivenUp', 'ScanQueueDead'],
  ['SchedulesGivenUp', 'FailedSchedules'],
])('%s rings for one message in %s', (name, queue) => {
  const { name: QueueName } = queueOf(stack, queue)
  expect(alarm(name)).toMatchObject({
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName },
    threshold: 0,
  })
})

test('LimitsDegraded rings while any instance reports an open breaker, and clears when none does', () => {
  expect(alarm('LimitsDegraded')).toMatchObject({
    namespace: 'Hunter/Limits',
    metricName: 'BreakerOpen',
    dimensions: { Stage: 'production' },
    statistic: 'Maximum',
    threshold: 0,
    period: 300,
    treatMissingData: 'notBreaching',
  })
})

test('RescansBehind rings when a lead has been due for three days, and when nothing measures it', () => {
  expect(alarm('RescansBehind')).toMatchObject({
    namespace: 'Hunter/Rescans',
    metricName: 'BehindSeconds',
    dimensions: { Stage: 'production' },
    statistic: 'Maximum',
    threshold: 3 * 86_400,
    period: 3_600,
    treatMissingData: 'breaching',
  })
})

test('ReferralsSignedOut rings as soon as Microsoft refuses the sign-in, and says what a person must do', () => {
  expect(alarm('ReferralsSignedOut')).toMatchObject({
    namespace: 'Hunter/Referrals',
    metricName: 'SignedOut',
    dimensions: { Stage: 'production' },
    threshold: 0,
    alarmDescription: expect.stringContaining('hunter referrals connect') as string,
  })
})

test('ReferralsBehind rings when no sync has read to the end for two hours, and when nothing measures it', () => {
  expect(alarm('ReferralsBehind')).toMatchObject({
    namespace: 'Hunter/Referrals',
    metricName: 'BehindSeconds',
    dimensions: { Stage: 'production' },
    threshold: 2 * 3_600,
    treatMissingData: 'breaching',
  })
})

test('ReferralsSkipped rings for a single referral that was left out', () => {
  expect(alarm('ReferralsSkipped')).toMatchObject({
    namespace: 'Hunter/Referrals',
    metricName: 'Skipped',
    dimensions: { Stage: 'production' },
    threshold: 0,
    treatMissingData: 'notBreaching',
  })
})

test('AlertsFailing rings for the failed attempts that the deliverer counts, when many channels fail at once', () => {
  const labels = { outcome: 'failed' } as const
  expect(COUNTERS.hunter_alert_messages_total.cloudWatch(labels)).toEqual(['AlertsFailed'])
  expect(alarm('AlertsFailing')).toMatchObject({
    namespace: METRICS_NAMESPACE,
    metricName: 'AlertsFailed',
    dimensions: { Stage: 'production' },
    statistic: 'Sum',
    threshold: 30,
    period: 3_600,
  })
})
