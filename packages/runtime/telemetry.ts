/** What a function counts, and its two ways out: lines for CloudWatch, and one sum of all instances in Redis. */
import { randomUUID } from 'node:crypto'
import type { Redis } from '@upstash/redis'
import { COUNTERS, type LabelsOf } from '#platform/metrics/metric-table'
import { createMetricLines } from '#platform/metrics/metric-lines'
import { createMetrics, createTally, type Metrics, type MetricSink } from '#platform/metrics/metrics'
import { formatPrometheusText } from '#platform/metrics/prometheus'
import { createSharedCounts, type SharedCounts } from '#redis/shared-counters'
import type { ProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'

export interface Telemetry {
  metrics: Metrics
  /** Told by the cache of each read. */
  countCache: (kind: string, outcome: 'hit' | 'miss' | 'error') => void
  /**
   * Counts in Redis too from now on, and what was counted before: an instance need not have Redis at its start.
   * `redis` sends in one request what is asked for at the same moment.
   */
  shareCounters: (redis: Redis) => SharedCounts
  /** In Prometheus's format: of all instances, or of this one alone while Redis does not answer. */
  prometheusText: (isBreakerOpen: boolean) => Promise<string>
  /** Prints what was counted since the last time, for CloudWatch. */
  print: () => void
}

export function createTelemetry({ settings, clock }: ProcessContext): Telemetry {
  const own = createTally()
  const lines = createMetricLines({ clock, stage: getResource('App').stage })
  const sinks: MetricSink[] = [own, lines]
  const metrics = createMetrics(sinks)
  let shared: SharedCounts | undefined
  return {
    metrics,
    countCache: (kind, outcome) => metrics.count('hunter_cache_reads_total', { kind: cacheKind(kind), outcome }),
    shareCounters(redis) {
      shared = createSharedCounts({ redis, clock, instanceId: randomUUID() })
      for (const [series, by] of own.counts) shared.add(series, by)
      sinks.push(shared)
      return shared
    },
    async prometheusText(isBreakerOpen) {
      const all = await shared?.read()
      const gauges = { hunter_breaker_open: isBreakerOpen, hunter_metrics_shared: all !== undefined }
      return formatPrometheusText(all ?? own.counts, gauges)
    },
    print() {
      const taken = lines.take()
      if (settings.HUNTER_LOG_LEVEL === 'silent') return
      for (const line of taken) process.stdout.write(`${line}\n`)
    },
  }
}

type CacheKind = LabelsOf<'hunter_cache_reads_total'>['kind']

function cacheKind(name: string): CacheKind {
  return COUNTERS.hunter_cache_reads_total.labels.kind.find((kind) => kind === name) ?? 'other'
}
