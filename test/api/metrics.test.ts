import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '#platform/clock'
import { createMetrics, createTally } from '#platform/metrics/metrics'
import { formatPrometheusText } from '#platform/metrics/prometheus'
import { createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { countDecisions } from '#redis/limiter-metrics'
import { createLimiter } from '#redis/limiter'
import { createSharedCounters } from '#redis/shared-counters'
import { useDatabaseAndRedis } from '../support/database-and-redis.ts'
import { recordingLog } from '../support/recording-log.ts'
import { createTestApi } from '../support/test-api.ts'

/** API instances with real limiters and counters on one real server. */
const startMs = Date.UTC(2026, 10, 20, 12)
const parts = useDatabaseAndRedis(startMs)

let instances = 0
function instance({ metricsAccess = 'key', tokens = 100 }: { metricsAccess?: 'key' | 'open'; tokens?: number } = {}) {
  const client = createRedis({ url: parts.redis.url, token: 't', timeoutMs: 20_000, batching: true })
  const own = createTally()
  const shared = createSharedCounters({ redis: client, clock: systemClock, instanceId: `i${(instances += 1)}` })
  const metrics = createMetrics([own, shared])
  const alone = { openUntil: async () => undefined, publish: async () => undefined }
  const breaker = createBreaker({ clock: systemClock, log: recordingLog(), shared: alone })
  const limiter = (name: 'ip' | 'failed_key' | 'key') =>
    countDecisions(
      createLimiter(
        { redis: client, clock: systemClock, breaker, onSend: () => shared.piggyback() },
        { name, tokens, windowMs: 60_000, instances: 1 },
      ),
      metrics,
      name,
    )
  return createTestApi(parts.database.db, {
    clock: systemClock,
    ipLimiter: limiter('ip'),
    failedKeyLimiter: limiter('failed_key'),
    keyLimiter: limiter('key'),
    metrics,
    metricsAccess,
    metricsText: async () => {
      const all = await shared.read()
      const gauges = { hunter_breaker_open: breaker.isOpen(), hunter_metrics_shared: all !== undefined }
      return formatPrometheusText(all ?? own.counts, gauges)
    },
  })
}
const later = (ms: number) => vi.setSystemTime(systemClock.now().getTime() + ms)

async function metricsOf(api: ReturnType<typeof instance>, key?: string) {
  const { status, headers, text } = await api.call('GET', '/healthz/metrics', key === undefined ? {} : { key })
  const value = (series: string) => Number(text.split('\n').find((line) => line.startsWith(`${series} `))?.split(' ')[1]) // prettier-ignore
  return { status, headers, text, value }
}

it('shows the counts of all instances in one place', async () => {
  const [one, two] = [instance(), instance({ metricsAccess: 'open' })]
  const key = await one.key(['read'])
  for (const api of [one, one, two]) expect((await api.call('GET', '/api/v1/leads', { key })).status).toBe(200)
  expect((await two.call('GET', '/api/v1/leads', { key: 'nonsense' })).status).toBe(401)
  later(1_000)
  await one.call('GET', '/api/v1/leads', { key }) // this request piggybacks the counts of `one` so far
  const { status, headers, value } = await metricsOf(two)
  expect([status, headers.get('Content-Type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  expect(headers.get('Cache-Control')).toBe('no-store')
  expect(value('hunter_metrics_shared')).toBe(1)
  expect(value('hunter_requests_total{class="2xx"}')).toBe(3)
  expect(value('hunter_requests_total{class="4xx"}')).toBe(1)
  expect(value('hunter_limit_decisions_total{rule="ip",outcome="allowed",by="redis"}')).toBe(2)
  expect(value('hunter_limit_decisions_total{rule="failed_key",outcome="allowed",by="redis"}')).toBe(2)
  expect(value('hunter_limit_decisions_total{rule="key",outcome="allowed",by="redis"}')).toBe(3)
})

it('adds no request to Redis to a counted request, and none to a blocked key', async () => {
  const api = instance({ tokens: 3 })
  const key = await api.key(['read'])
  await api.call('GET', '/api/v1/leads', { key }) // the first request loads the script
  const requests = vi.spyOn(globalThis, 'fetch')
  for (const expected of [1, 2, 3]) {
    later(1_000)
    await api.call('GET', '/api/v1/leads', { key })
    expect(requests).toHaveBeenCalledTimes(expected)
  }
  const sent = requests.mock.calls.map(([, init]) => init?.body)
  for (const body of sent) expect(body).toContain('HINCRBY')
  later(1_000)
  expect((await api.call('GET', '/api/v1/leads', { key })).status).toBe(429)
  expect(requests).toHaveBeenCalledTimes(3)
})

it('counts requests that are refused without asking Redis', async () => {
  const api = instance({ tokens: 1, metricsAccess: 'open' })
  const key = await api.key(['read'])
  for (let i = 0; i < 5; i += 1) await api.call('GET', '/api/v1/leads', { key })
  const { value } = await metricsOf(api)
  expect(value('hunter_limit_decisions_total{rule="key",outcome="limited",by="redis"}')).toBe(4)
  expect(value('hunter_requests_total{class="4xx"}')).toBe(4)
})

it('answers with its own counts while Redis is down, and says so', async () => {
  const api = instance({ metricsAccess: 'open' })
  const key = await api.key(['read'])
  await api.call('GET', '/api/v1/leads', { key })
  await parts.redis.close()
  for (let i = 0; i < 5; i += 1) await api.call('GET', '/api/v1/leads', { key })
  const { status, value } = await metricsOf(api)
  expect(status).toBe(200)
  expect(value('hunter_metrics_shared')).toBe(0)
  expect(value('hunter_breaker_open')).toBe(1)
  expect(value('hunter_requests_total{class="2xx"}')).toBe(6)
  expect(value('hunter_limit_decisions_total{rule="key",outcome="allowed",by="memory"}')).toBe(5)
})

describe('reading the metrics', () => {
  it('needs a key with the scope read', async () => {
    const api = instance()
    expect((await metricsOf(api)).status).toBe(401)
    expect((await metricsOf(api, await api.key(['write']))).status).toBe(403)
    expect((await metricsOf(api, await api.key(['read']))).status).toBe(200)
  })

  it('needs no key when HUNTER_METRICS is open', async () => {
    expect((await metricsOf(instance({ metricsAccess: 'open' }))).status).toBe(200)
  })
})

it('reveals no key, no address and no domain', async () => {
  const api = instance({ metricsAccess: 'open' })
  const key = await api.key(['read'])
  await api.call('GET', '/api/v1/leads/firma.com.tr', { key })
  const { text } = await metricsOf(api)
  expect(text).not.toMatch(new RegExp(`firma|unknown|${key.split('_')[2]}`))
})
