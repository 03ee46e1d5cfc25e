import { SCHEDULES } from '#deployment/schedules'
import { REFERRAL_METRICS } from '#platform/metrics/metric-table'
import { createAlarm } from './alarms.ts'
import { withDatabase } from './functions.ts'
import { sendToQueue } from './permissions.ts'
import type { StackResources } from './resources.ts'
import { createScheduled } from './schedule.ts'
import { isProduction } from './stage.ts'

/** Reads referrals every ten minutes; the worker scans their companies. The sign-in is in the database, encrypted. */
export function createReferrals(shared: StackResources): void {
  const { secrets, network, database, queues, migrated } = shared
  createScheduled(
    shared,
    'Referrals',
    // a database of another stage pauses while it is idle, and a schedule would keep it awake
    { ...SCHEDULES.referrals, isEnabled: isProduction },
    {
      ...withDatabase(network),
      after: migrated,
      link: [database, queues.scans, secrets.keyPepper],
      permissions: [sendToQueue(queues.scans)],
    },
  )
}

export function createReferralAlarms(topic: aws.sns.Topic): void {
  const { namespace, signedOut, behind, skipped } = REFERRAL_METRICS
  const dimensions = { Stage: $app.stage }
  createAlarm(topic, 'ReferralsSignedOut', {
    description: 'Microsoft refuses the sign-in to Partner Center: a person must run "hunter referrals connect".',
    runbook: 'referrals',
    metric: { namespace, name: signedOut, dimensions },
    statistic: 'Maximum',
    threshold: 0,
    periodSeconds: 15 * 60,
    missing: 'notBreaching', // the other alarm rings when nothing is measured
  })
  createAlarm(topic, 'ReferralsBehind', {
    description: 'Referrals were not read to the end for two hours, or the schedule measures nothing.',
    runbook: 'referrals',
    metric: { namespace, name: behind, dimensions },
    statistic: 'Maximum',
    threshold: 2 * 60 * 60,
    periodSeconds: 60 * 60,
    missing: isProduction ? 'breaching' : 'notBreaching', // other stages run no schedule
  })
  createAlarm(topic, 'ReferralsSkipped', {
    description: 'A sync left a referral out: it has no id or no time, or the database refuses it.',
    runbook: 'referrals',
    metric: { namespace, name: skipped, dimensions },
    statistic: 'Maximum',
    threshold: 0,
    periodSeconds: 60 * 60,
    missing: 'notBreaching',
  })
}
