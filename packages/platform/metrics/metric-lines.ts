/**
 * Formats the counts of one invocation as lines for CloudWatch. They are exact, whatever happens to the instance later.
 */
import type { Clock } from '#platform/clock'
import { formatEmfLine, type Metric } from '#platform/metrics/emf'
import {
  COUNTERS,
  type CounterName,
  type HistogramName,
  HISTOGRAMS,
  METRICS_NAMESPACE,
} from '#platform/metrics/metric-table'
import { createTally, listSeries, type MetricSink } from '#platform/metrics/metrics'

/** CloudWatch's limit of values of one metric in a line. */
const VALUES_MAX = 100
/** Far more than an invocation measures. A caller that never takes the lines loses measurements, not memory. */
const SAMPLES_MAX = 10_000

interface MetricLines extends MetricSink {
  /** Returns the lines since the last call; none when nothing was counted. */
  take(): string[]
}

export function createMetricLines({ clock, stage }: { clock: Clock; stage: string }): MetricLines {
  const tally = createTally()
  let samples: { name: HistogramName; seconds: number }[] = []
  const line = (metrics: Metric[], details: Record<string, number> = {}) =>
    formatEmfLine({ namespace: METRICS_NAMESPACE, at: clock.now(), dimensions: { Stage: stage }, metrics, details })
  return {
    add: (series, by) => tally.add(series, by),
    sample: (name, seconds) =>
      void (samples.length < SAMPLES_MAX && samples.push({ name, seconds: Math.round(seconds * 1e6) / 1e6 })),
    take() {
      const counts = tally.take()
      const measured = Map.groupBy(samples, ({ name }) => name)
      samples = []
      const { metrics, details } = splitCounts(counts)
      return [
        ...(metrics.length > 0 ? [line(metrics, details)] : []),
        ...[...measured].flatMap(([name, all]) =>
          splitIntoChunks(all.map(({ seconds }) => seconds)).map((value) =>
            line([{ name: HISTOGRAMS[name].cloudWatch, unit: 'Seconds', value }]),
          ),
        ),
      ]
    },
  }
}

interface SeriesPlace {
  /** Such as `cache_reads_dns_hit`: a field that log queries find, since a metric would cost money. */
  field: string
  metrics: string[]
}

const SERIES = new Map<string, SeriesPlace>(
  (Object.keys(COUNTERS) as CounterName[]).flatMap((name) => {
    const family = name.replace(/^hunter_|_total$/g, '')
    const metricsOf: (labels: Record<string, string>) => string[] = COUNTERS[name].cloudWatch
    return listSeries(name).map(({ series, labels }): [string, SeriesPlace] => [
      series,
      { field: [family, ...Object.values(labels)].join('_'), metrics: metricsOf(labels) },
    ])
  }),
)

function splitCounts(counts: ReadonlyMap<string, number>): { metrics: Metric[]; details: Record<string, number> } {
  const metrics = createTally()
  const details: Record<string, number> = {}
  for (const [series, count] of counts) {
    const place = SERIES.get(series)
    if (!place) continue // a histogram's series: its samples are printed separately
    details[place.field] = count
    for (const metric of place.metrics) metrics.add(metric, count)
  }
  return { metrics: [...metrics.counts].map(([name, value]) => ({ name, unit: 'Count', value })), details }
}

function splitIntoChunks(values: number[]): number[][] {
  return Array.from({ length: Math.ceil(values.length / VALUES_MAX) }, (_, at) =>
    values.slice(at * VALUES_MAX, (at + 1) * VALUES_MAX),
  )
}
