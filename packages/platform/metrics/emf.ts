/** Metrics as log lines: CloudWatch extracts them from a function's output, so they need no call and take no time. */
export interface Metric {
  name: string
  unit: 'Count' | 'Seconds' | 'Bytes' | 'None'
  /** One value, or at most 100 values that were measured separately. */
  value: number | number[]
}

interface MetricSet {
  namespace: string
  at: Date
  dimensions: Record<string, string>
  metrics: readonly Metric[]
  /** Fields of the line that are not metrics: they are free, and log queries find them. */
  details?: Record<string, number>
}

/**
 * Formats one line in CloudWatch's embedded metric format.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
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
