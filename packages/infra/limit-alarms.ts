/** Rings while instances keep the limits in their own memory because Redis does not answer them. */
import { BREAKER_METRIC } from '#platform/metrics/metric-table'
import { createAlarm } from './alarms.ts'

const FIVE_MINUTES_S = 5 * 60

export function createLimitAlarms(topic: aws.sns.Topic): void {
  createAlarm(topic, 'LimitsDegraded', {
    description: 'Redis does not answer: each instance keeps its share of the limits in memory, and nothing is cached.',
    runbook: 'redis-degraded',
    metric: { ...BREAKER_METRIC, dimensions: { Stage: $app.stage } },
    statistic: 'Maximum',
    threshold: 0,
    periodSeconds: FIVE_MINUTES_S,
    missing: 'notBreaching', // an instance that leaves Redis alone says so every minute in which it is called
  })
}
