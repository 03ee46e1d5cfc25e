import { QUEUES } from '#deployment/queues'
import { RESCAN_METRICS } from '#platform/metrics/metric-table'
import { createAlarm } from './alarms.ts'
import type { Queues } from './queues.ts'
import { isProduction } from './stage.ts'

export function createScanAlarms(topic: aws.sns.Topic, queues: Queues): void {
  createGivenUpAlarm(topic, queues)
  createWaitingAlarm(topic, queues)
  createRescansAlarm(topic)
}

const DAY_S = 86_400

/** A pause that was forgotten rings, too. */
function createRescansAlarm(topic: aws.sns.Topic): void {
  createAlarm(topic, 'RescansBehind', {
    description: 'A lead has been due for a rescan for more than three days, or the schedule measures nothing.',
    runbook: 'rescans-behind',
    metric: { namespace: RESCAN_METRICS.namespace, name: RESCAN_METRICS.behind, dimensions: { Stage: $app.stage } },
    statistic: 'Maximum',
    threshold: 3 * DAY_S,
    periodSeconds: 60 * 60,
    missing: isProduction ? 'breaching' : 'notBreaching', // other stages run no schedule
  })
}

/** A key with much work in the queue waits behind the others by design; one with little must not wait for long. */
function createWaitingAlarm(topic: aws.sns.Topic, { scans }: Queues): void {
  createAlarm(topic, 'ScansWaiting', {
    description: 'A bulk scan of a lightly used key has waited in the queue for more than ten minutes.',
    runbook: 'scans-waiting',
    metric: {
      namespace: 'AWS/SQS',
      name: 'ApproximateAgeOfOldestMessageInQuietGroups',
      dimensions: { QueueName: scans.nodes.queue.name },
    },
    statistic: 'Maximum',
    threshold: 10 * 60,
    periodSeconds: 5 * 60,
    missing: 'notBreaching',
  })
}

/** Only a person queues these messages again. */
function createGivenUpAlarm(topic: aws.sns.Topic, { scansDead }: Queues): void {
  createAlarm(topic, 'ScansGivenUp', {
    description: `A batch of a bulk scan failed ${QUEUES.scans.tries} times.`,
    runbook: 'dead-letters',
    metric: {
      namespace: 'AWS/SQS',
      name: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: scansDead.nodes.queue.name },
    },
    statistic: 'Maximum',
    threshold: 0,
    periodSeconds: 5 * 60,
    missing: 'notBreaching',
  })
}
