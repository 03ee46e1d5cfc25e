/**
 * Counts what a function does and sends it two ways: as lines for CloudWatch, and as one sum over all instances in
 * Redis.
 */
import { randomUUID } from 'node:crypto'
import type { Redis } from '@upstash/redis'
import { COUNTERS, type GaugeName, type LabelsOf } from '#platform/metrics/metric-table'
import { createMetricLines } from '#platform/metrics/metric-lines'
import { createMetrics, createTally, type Metrics, type MetricSink } from '#platform/metrics/metrics'
import { formatPrometheusText } from '#platform/metrics/prometheus'
import { createSharedCounters, type SharedCounters } from '#redis/shared-counters'
import type { ProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'

export interface Telemetry {
  metrics: Metrics
  /** The cache reports each read here. */
  countCache: (kind: string, outcome: 'hit' | 'miss' | 'error') => void
  /**
   * Counts in Redis, too, from now on, and adds what was counted before: an instance starts without Redis. `redis`
   * batches the commands of one moment into a request.
   */
  shareCounters: (redis: Redis) => SharedCounters
  /** Prometheus text over all instances, or over this one alone while Redis does not answer. */
  prometheusText: (gauges: Partial<Record<GaugeName, boolean | number>>) => Promise<string>
  /** Prints what was counted since the last call, for CloudWatch. */
  print: () => void
}

export function createTelemetry({ settings, clock }: ProcessContext): Telemetry {
  const own = createTally()
  const lines = createMetricLines({ clock, stage: getResource('App').stage })
  const sinks: MetricSink[] = [own, lines]
  const metrics = createMetrics(sinks)
  let shared: SharedCounters | undefined
  return {
    metrics,
    countCache: (kind, outcome) => metrics.count('hunter_cache_reads_total', { kind: cacheKind(kind), outcome }),
    shareCounters(redis) {
      shared = createSharedCounters({ redis, clock, instanceId: randomUUID() })
      for (const [series, by] of own.counts) shared.add(series, by)
      sinks.push(shared)
      return shared
    },
    async prometheusText(gauges) {
      const all = await shared?.read()
      return formatPrometheusText(all ?? own.counts, { ...gauges, hunter_metrics_shared: all !== undefined })
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
