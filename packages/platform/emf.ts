/** Metrics as log lines: CloudWatch reads them out of what a function prints, at no call and no cost of time. */
export interface Metric {
  name: string
  unit: 'Count' | 'Seconds' | 'Bytes' | 'None'
  value: number
}

export interface MetricSet {
  namespace: string
  at: Date
  dimensions: Record<string, string>
  metrics: readonly Metric[]
}

/** One line in CloudWatch's embedded metric format. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
export function emfLine({ namespace, at, dimensions, metrics }: MetricSet): string {
  return JSON.stringify({
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  })
}
