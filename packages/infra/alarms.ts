/**
 * Creates the topic that all alarms go to; the people on call subscribe to it. HUNTER_ALARM_EMAIL, set while
 * deploying, subscribes an address, and AWS asks that address to confirm.
 */
export function createAlarmTopic() {
  const topic = new aws.sns.Topic('Alarms')
  const email = process.env['HUNTER_ALARM_EMAIL']
  if (email) new aws.sns.TopicSubscription('AlarmEmail', { topic: topic.arn, protocol: 'email', endpoint: email })
  return topic
}

interface AlarmArgs {
  /** Says what has happened when the alarm rings. */
  description: string
  /** Says what to do: a file in docs/runbooks, without its extension. */
  runbook: string
  metric: { namespace: string; name: string; dimensions: Record<string, $util.Input<string>> }
  statistic: 'Maximum' | 'Sum'
  /** The alarm rings above this value. */
  threshold: number
  periodSeconds: number
  /** How to read a period without data. `ignore` keeps the alarm's state. */
  missing: 'breaching' | 'notBreaching' | 'ignore'
}

/** Notifies the topic when the alarm begins and when it is over. */
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
