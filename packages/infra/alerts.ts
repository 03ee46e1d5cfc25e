import { ALERT_METRICS, ALERTS_DUE_SECONDS_MAX } from '#deployment/alert-metrics'
import { SCHEDULES } from '#deployment/schedules'
import { METRICS_NAMESPACE } from '#platform/metrics/metric-table'
import { createAlarm } from './alarms.ts'
import { BACKUP_SOURCE } from './backups.ts'
import { withDatabase } from './functions.ts'
import { reportReturnedMail } from './mail.ts'
import { listBackups, readReports, sendMail } from './permissions.ts'
import type { StackResources } from './resources.ts'
import { createScheduled } from './schedule.ts'
import { isProduction } from './stage.ts'

/** Runs every minute, so that nothing needs to wake it: the next run makes up for one that failed. */
export function createDelivery(shared: StackResources, publicUrl: $util.Output<string>): void {
  const { secrets, network, outward, database, redis, mail, migrated } = shared
  const { environment } = withDatabase(network)
  const deliver = createScheduled(
    shared,
    'Deliver',
    // a database of another stage pauses while it is idle, and a schedule would keep it awake
    { ...SCHEDULES.deliver, isEnabled: isProduction },
    {
      vpc: outward,
      environment: { ...environment, ...mail.environment, HUNTER_PUBLIC_URL: publicUrl },
      after: migrated,
      link: [database, redis, secrets.keyPepper],
      permissions: [sendMail(mail)],
    },
  )
  reportReturnedMail(mail, deliver)
}

/** Reads what is known of the backups, but not their data: a digest names the newest proven one. */
const BACKUP_REPORTS = ['manifest.json', 'proof.json', 'check.json']

export function createDigests(shared: StackResources): void {
  const { network, database, storage, migrated } = shared
  const { environment, ...access } = withDatabase(network)
  createScheduled(
    shared,
    'Digest',
    // a database of another stage pauses while it is idle, and a schedule would keep it awake
    { ...SCHEDULES.digests, isEnabled: isProduction },
    {
      ...access,
      environment: { ...environment, HUNTER_BACKUP_SOURCE: BACKUP_SOURCE },
      after: migrated,
      link: [database, storage.bucket],
      permissions: [listBackups(storage), ...readReports(storage, BACKUP_REPORTS)],
    },
  )
}

export function createDigestAlarm(topic: aws.sns.Topic): void {
  createAlarm(topic, 'DigestLate', {
    description: 'A daily digest is more than two hours late although its channel works, or nothing makes digests.',
    runbook: 'digest-late',
    metric: {
      namespace: ALERT_METRICS.namespace,
      name: ALERT_METRICS.digestDelay,
      dimensions: { Stage: $app.stage },
    },
    statistic: 'Maximum',
    threshold: 2 * 60 * 60,
    periodSeconds: 60 * 60,
    missing: isProduction ? 'breaching' : 'notBreaching', // other stages run no schedule
  })
}

export function createDeliveryAlarm(topic: aws.sns.Topic): void {
  createAlarm(topic, 'AlertsWaiting', {
    description:
      'An alert has waited for more than 15 minutes although its channel works, or the deliverer does not run.',
    runbook: 'alerts-waiting',
    metric: { namespace: ALERT_METRICS.namespace, name: ALERT_METRICS.oldest, dimensions: { Stage: $app.stage } },
    statistic: 'Maximum',
    threshold: ALERTS_DUE_SECONDS_MAX,
    periodSeconds: 15 * 60,
    missing: isProduction ? 'breaching' : 'notBreaching',
  })
}

/** An address that fails gets four attempts in its first hour, and one an hour later: eight of them fail at once. */
const FAILED_MAX = 30

export function createFailingAlarm(topic: aws.sns.Topic): void {
  createAlarm(topic, 'AlertsFailing', {
    description: `More than ${FAILED_MAX} attempts to send alerts failed within an hour: many channels, SES or the network.`,
    runbook: 'alerts-waiting',
    metric: { namespace: METRICS_NAMESPACE, name: 'AlertsFailed', dimensions: { Stage: $app.stage } },
    statistic: 'Sum',
    threshold: FAILED_MAX,
    periodSeconds: 60 * 60,
    missing: 'notBreaching',
  })
}
