/** Rings while instances keep the limits in memory because Redis does not answer. */
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
    missing: 'notBreaching', // an instance that bypasses Redis reports it every minute in which it is called
  })
}
