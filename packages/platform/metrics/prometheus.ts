/** Metrics in Prometheus's text format 0.0.4. https://prometheus.io/docs/instrumenting/exposition_formats/ */
import {
  COUNTERS,
  type CounterName,
  type GaugeName,
  GAUGES,
  type HistogramName,
  HISTOGRAMS,
} from '#platform/metrics/metric-table'
import { nameBucket, listSeries, nameSum } from '#platform/metrics/metrics'

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

type Counts = ReadonlyMap<string, number>

/**
 * Prints every possible series, also those without a count: a rate needs the zero before the one. A gauge that could not
 * be read has no line.
 */
export function formatPrometheusText(counts: Counts, gauges: Partial<Record<GaugeName, boolean | number>>): string {
  const lines = [
    ...(Object.keys(COUNTERS) as CounterName[]).flatMap((name) => counterLines(name, counts)),
    ...(Object.keys(HISTOGRAMS) as HistogramName[]).flatMap((name) => histogramLines(name, counts)),
    ...(Object.keys(gauges) as GaugeName[]).flatMap((name) => [
      ...head(name, GAUGES[name], 'gauge'),
      `${name} ${Number(gauges[name])}`,
    ]),
  ]
  return `${lines.join('\n')}\n`
}

function head(name: string, help: string, type: 'counter' | 'gauge' | 'histogram'): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function counterLines(name: CounterName, counts: Counts): string[] {
  return [
    ...head(name, COUNTERS[name].help, 'counter'),
    ...listSeries(name).map(({ series }) => `${series} ${counts.get(series) ?? 0}`),
  ]
}

function histogramLines(name: HistogramName, counts: Counts): string[] {
  const { help, bounds } = HISTOGRAMS[name]
  let total = 0
  const buckets = [...bounds, Infinity].map((bound) => {
    total += counts.get(nameBucket(name, bound)) ?? 0
    return `${nameBucket(name, bound)} ${total}`
  })
  const seconds = (counts.get(nameSum(name)) ?? 0) / 1_000_000
  return [...head(name, help, 'histogram'), ...buckets, `${name}_sum ${seconds}`, `${name}_count ${total}`]
}
