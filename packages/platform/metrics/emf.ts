/** Metrics as log lines: CloudWatch reads them out of what a function prints, at no call and no cost of time. */
export interface Metric {
  name: string
  unit: 'Count' | 'Seconds' | 'Bytes' | 'None'
  /** Of one moment; several, at most 100, where each was measured by itself. */
  value: number | number[]
}

interface MetricSet {
  namespace: string
  at: Date
  dimensions: Record<string, string>
  metrics: readonly Metric[]
  /** Fields of the line that are no metrics: they cost nothing, and queries of the log find them. */
  details?: Record<string, number>
}

/** One line in CloudWatch's embedded metric format. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
export function formatEmfLine({ namespace, at, dimensions, metrics, details }: MetricSet): string {
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
    ...details,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  })
}
