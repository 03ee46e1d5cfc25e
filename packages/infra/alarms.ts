/**
 * Where alarms go: one topic, to which whoever is on duty subscribes. HUNTER_ALARM_EMAIL, set while deploying, subscribes
 * an address; AWS asks it for its consent.
 */
export function createAlarmTopic() {
  const topic = new aws.sns.Topic('Alarms')
  const email = process.env['HUNTER_ALARM_EMAIL']
  if (email) new aws.sns.TopicSubscription('AlarmEmail', { topic: topic.arn, protocol: 'email', endpoint: email })
  return topic
}

interface AlarmArgs {
  /** What has happened when it rings. */
  description: string
  /** What to do then: a file in docs/runbooks, without its ending. */
  runbook: string
  metric: { namespace: string; name: string; dimensions: Record<string, $util.Input<string>> }
  statistic: 'Maximum' | 'Sum'
  /** Rings above it. */
  threshold: number
  periodSeconds: number
  /** What no measurement means. `ignore`: the alarm stays as it is. */
  missing: 'breaching' | 'notBreaching' | 'ignore'
}

/** Rings in the topic when it begins and when it is over. */
export function createAlarm(topic: aws.sns.Topic, name: string, args: AlarmArgs): void {
  new aws.cloudwatch.MetricAlarm(name, {
    alarmDescription: `${args.description} Runbook: docs/runbooks/${args.runbook}.md`,
    namespace: args.metric.namespace,
    metricName: args.metric.name,
    dimensions: args.metric.dimensions,
    statistic: args.statistic,
    period: args.periodSeconds,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: args.threshold,
    treatMissingData: args.missing,
    alarmActions: [topic.arn],
    okActions: [topic.arn],
  })
}
