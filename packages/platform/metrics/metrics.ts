/** Adds each count to every sink, under the name that Prometheus gives its series. */
import {
  COUNTERS,
  type CounterName,
  type HistogramName,
  HISTOGRAMS,
  type LabelsOf,
} from '#platform/metrics/metric-table'

export interface Metrics {
  count<N extends CounterName>(name: N, labels: LabelsOf<N>, by?: number): void
  observe(name: HistogramName, seconds: number): void
}

export interface MetricSink {
  /** `series` is `hunter_requests_total{class="2xx"}`; `by` is a whole number. */
  add(series: string, by: number): void
  /** Receives each measurement of a histogram unrounded. */
  sample?(name: HistogramName, seconds: number): void
}

export const noMetrics: Metrics = { count: () => undefined, observe: () => undefined }

export function createMetrics(sinks: readonly MetricSink[]): Metrics {
  const add = (series: string, by: number) => {
    for (const sink of sinks) sink.add(series, by)
  }
  return {
    count(name, labels, by = 1) {
      if (by > 0) add(nameSeries(name, labels as Record<string, string>), by)
    },
    observe(name, seconds) {
      const bound = HISTOGRAMS[name].bounds.find((upper) => seconds <= upper) ?? Infinity
      add(nameBucket(name, bound), 1)
      add(nameSum(name), Math.round(seconds * 1_000_000))
      for (const sink of sinks) sink.sample?.(name, seconds)
    },
  }
}

interface Tally extends MetricSink {
  readonly counts: ReadonlyMap<string, number>
  /** Returns the counts since the last call. */
  take(): Map<string, number>
}

export function createTally(): Tally {
  let counts = new Map<string, number>()
  return {
    get counts() {
      return counts
    },
    add: (series, by) => void counts.set(series, (counts.get(series) ?? 0) + by),
    take() {
      const taken = counts
      counts = new Map()
      return taken
    },
  }
}

/** Names a series the same way whatever the order of its labels. */
export function nameSeries(name: CounterName, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(COUNTERS[name].labels).map((label) => `${label}="${escapeLabel(labels[label] ?? '')}"`)
  return `${name}{${pairs.join(',')}}`
}

/** Lists every series that a counter can have. */
export function listSeries(name: CounterName): { series: string; labels: Record<string, string> }[] {
  const all: Readonly<Record<string, readonly string[]>> = COUNTERS[name].labels
  return Object.entries(all)
    .reduce<Record<string, string>[]>(
      (chosen, [label, values]) => chosen.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
      [{}],
    )
    .map((labels) => ({ series: nameSeries(name, labels), labels }))
}

/**
 * The bucket counts only values above the next lower bound: buckets are added up when shown, not with every
 * measurement.
 */
export function nameBucket(name: HistogramName, bound: number): string {
  return `${name}_bucket{le="${bound === Infinity ? '+Inf' : bound}"}`
}

/** The sum is in microseconds, a whole number. */
export function nameSum(name: HistogramName): string {
  return `${name}_sum`
}

/** Escapes a label value as the text format requires. */
function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
