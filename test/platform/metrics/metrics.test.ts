import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createMetricLines } from '#platform/metrics/metric-lines'
import { COUNTERS, type CounterName, GAUGES, HISTOGRAMS, type HistogramName } from '#platform/metrics/metric-table'
import { createMetrics, createTally, listSeries, nameSeries } from '#platform/metrics/metrics'
import { formatPrometheusText } from '#platform/metrics/prometheus'
import { TestClock } from '../../support/test-clock.ts'

const counters = Object.keys(COUNTERS) as CounterName[]
const histograms = Object.keys(HISTOGRAMS) as HistogramName[]
const gauges = { hunter_breaker_open: false, hunter_metrics_shared: true }

function setUp() {
  const tally = createTally()
  const lines = createMetricLines({ clock: new TestClock(), stage: 'test' })
  const text = () => formatPrometheusText(tally.counts, gauges)
  return { tally, lines, text, metrics: createMetrics([tally, lines]) }
}

/** As a Prometheus server reads it: a line that fits nothing throws. */
function parse(text: string) {
  const values = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.split('\n').slice(0, -1)) {
    const [, comment, name = '', rest = ''] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? []
    const [, series = '', value = ''] =
      /^([a-z_]+(?:\{(?:[a-z_]+="[^"\\\n]*",?)+\})?) (\d+(?:\.\d+)?)$/.exec(line) ?? []
    if (comment === 'TYPE') types.set(name, rest)
    else if (!comment) {
      if (!series || values.has(series)) throw new Error(`no line of metrics: ${line}`)
      values.set(series, Number(value))
    }
  }
  return { values, types }
}

it('counts each metric of the table somewhere', () => {
  const texts = globSync('packages/**/*.ts', { exclude: ['**/metric-table.ts'] }).map((file) =>
    readFileSync(file, 'utf8'),
  )
  const names = [...counters, ...histograms, ...Object.keys(GAUGES)]
  expect(names.filter((name) => !texts.some((text) => text.includes(name)))).toEqual([])
})

it('shows every possible series, zero included, with its type and help', () => {
  const { text } = setUp()
  const { values, types } = parse(text())
  for (const name of counters) {
    expect([name, types.get(name)]).toEqual([name, 'counter'])
    for (const { series } of listSeries(name)) expect([series, values.get(series)]).toEqual([series, 0])
  }
  for (const name of histograms) expect(types.get(name)).toBe('histogram')
  expect(text().match(/^# HELP/gm)).toHaveLength(types.size)
  expect(
    parse(formatPrometheusText(new Map(), { hunter_rescans_behind_seconds: 90 })).values.get(
      'hunter_rescans_behind_seconds',
    ),
  ).toBe(90)
  expect(types.has('hunter_rescans_behind_seconds')).toBe(false)
  expect(values.get('hunter_metrics_shared')).toBe(1)
})

it('counts in one series whatever the order of the labels', () => {
  const { metrics, text } = setUp()
  metrics.count('hunter_cache_reads_total', { kind: 'dns', outcome: 'hit' })
  metrics.count('hunter_cache_reads_total', { outcome: 'hit', kind: 'dns' }, 2)
  metrics.count('hunter_scan_domains_total', { outcome: 'failed' }, 0)
  expect(parse(text()).values.get('hunter_cache_reads_total{kind="dns",outcome="hit"}')).toBe(3)
})

it('has cumulative buckets, the sum and the count of all measurements', () => {
  const { metrics, text } = setUp()
  for (const seconds of [0.005, 0.3, 0.3, 99]) metrics.observe('hunter_dns_query_seconds', seconds)
  const { values } = parse(text())
  const bucket = (le: string) => values.get(`hunter_dns_query_seconds_bucket{le="${le}"}`)
  expect(['0.005', '0.25', '0.5', '5', '+Inf'].map(bucket)).toEqual([1, 1, 3, 3, 4])
  expect(values.get('hunter_dns_query_seconds_sum')).toBeCloseTo(99.605)
  expect(values.get('hunter_dns_query_seconds_count')).toBe(4)
})

it('ignores unknown series', () => {
  const read = new Map([['evil{domain="firma.com.tr"}', 1], ['hunter_requests_total{class="9xx"}', 2]]) // prettier-ignore
  expect(formatPrometheusText(read, gauges)).toBe(formatPrometheusText(new Map(), gauges))
})

it('escapes the values of labels', () => {
  expect(nameSeries('hunter_requests_total', { class: 'a"b\\c\nd' })).toBe(
    String.raw`hunter_requests_total{class="a\"b\\c\nd"}`,
  )
})

it('prints the counts of an invocation once: few metrics with one dimension, the rest as plain fields', () => {
  const { metrics, lines } = setUp()
  const decided = { rule: 'key', outcome: 'allowed', by: 'memory' } as const
  metrics.count('hunter_limit_decisions_total', decided)
  metrics.count('hunter_limit_decisions_total', { ...decided, rule: 'ip', by: 'redis' })
  const [line = '', ...others] = lines.take()
  expect(others).toEqual([])
  expect(JSON.parse(line)).toEqual({
    _aws: {
      Timestamp: new TestClock().now().getTime(),
      CloudWatchMetrics: [
        {
          Namespace: 'Hunter',
          Dimensions: [['Stage']],
          Metrics: [
            { Name: 'LimitAllowed', Unit: 'Count' },
            { Name: 'LimitDegraded', Unit: 'Count' },
          ],
        },
      ],
    },
    Stage: 'test',
    limit_decisions_key_allowed_memory: 1,
    limit_decisions_ip_allowed_redis: 1,
    LimitAllowed: 2,
    LimitDegraded: 1,
  })
  expect(lines.take()).toEqual([])
})

it('prints each measurement, at most a hundred per line as CloudWatch accepts, and stores a bounded number', () => {
  const { metrics, lines } = setUp()
  for (let i = 0; i < 250; i += 1) metrics.observe('hunter_scan_seconds', i)
  const printed = lines.take().map((line) => (JSON.parse(line) as { ScanSeconds: number[] }).ScanSeconds)
  expect(printed.map(({ length }) => length)).toEqual([100, 100, 50])
  expect(printed.flat()).toEqual(Array.from({ length: 250 }, (_, i) => i))
  for (let i = 0; i < 20_000; i += 1) metrics.observe('hunter_scan_seconds', 1)
  expect(lines.take()).toHaveLength(100)
})

it('creates few metrics in CloudWatch', () => {
  const names = counters.flatMap((name) => {
    const metricsOf: (labels: Record<string, string>) => string[] = COUNTERS[name].cloudWatch
    return listSeries(name).flatMap(({ labels }) => metricsOf(labels))
  })
  expect(new Set(names).size + histograms.length).toBeLessThanOrEqual(21)
})
