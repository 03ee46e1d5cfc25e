import { QUEUES } from '#deployment/queues'
import { createAlarm } from './alarms.ts'
import type { Queues } from './queues.ts'

/** Nobody but a person brings these back. */
export function createScanAlarms(topic: aws.sns.Topic, { scansDead }: Queues): void {
  createAlarm(topic, 'ScansGivenUp', {
    description: `A batch of a bulk scan could not be kept in ${QUEUES.scans.tries} tries.`,
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
