/** What one invocation counted, as lines that CloudWatch reads: exact, whatever becomes of the instance afterwards. */
import type { Clock } from '#platform/clock'
import { formatEmfLine, type Metric } from '#platform/metrics/emf'
import { COUNTERS, type CounterName, type HistogramName, HISTOGRAMS } from '#platform/metrics/metric-table'
import { createTally, listSeries, type MetricSink } from '#platform/metrics/metrics'

const METRICS_NAMESPACE = 'Hunter'

/** CloudWatch takes so many values of one metric in a line. */
const VALUES_MAX = 100
/** Far more than an invocation measures: who never takes the lines loses measurements, not memory. */
const SAMPLES_MAX = 10_000

interface MetricLines extends MetricSink {
  /** The lines since the last time; none when nothing was counted. */
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
  /** `cache_reads_dns_hit`: not a metric, which would cost, but a field that a query of the log finds. */
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
    if (!place) continue // of a histogram, whose measurements are printed themselves
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
