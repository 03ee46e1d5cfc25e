import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { hashAddress } from '#alerts/channel-secrets'
import { alertChannels, alertQueues } from '#db/tables'
import { type RedisServer, startRedisServer } from '#emulators/redis/server'
import { systemClock } from '#platform/clock'
import { silentLog } from '#platform/log'
import { createRedis } from '#redis/client'
import { createTelemetry } from '#runtime/telemetry'
import { readSettings } from '#runtime/settings'
import { createSharedLimits } from '#runtime/shared-limits'
import { keepChannel, keepChanges, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { bounceEvent } from '../support/returned-mail.ts'
import { sampleLead } from '../support/sample-lead.ts'
import { refusingUrl } from '../support/stub-redis.ts'
import { TestClock } from '../support/test-clock.ts'

/** The deployed files, linked to a real database and a real Redis. */
let database: HunterDatabase
let redis: RedisServer
const link = (name: string, value: unknown) => vi.stubEnv(`SST_RESOURCE_${name}`, JSON.stringify(value))
beforeAll(async () => {
  database = await createHunterDatabase()
  redis = await startRedisServer({ token: 't', clock: systemClock })
  link('App', { name: 'hunter', stage: 'test' })
  link('Redis', { url: redis.url, token: 't' })
  link('KeyPepper', { value: 'pepper' })
  vi.stubEnv('HUNTER_DATABASE_URL', database.url)
  vi.stubEnv('HUNTER_METRICS', 'open')
  vi.stubEnv('HUNTER_DNS_SERVERS', '127.0.0.1:1')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await redis.close()
  await database.close()
})

/** What is printed for CloudWatch while `work` runs. */
async function printedBy(work: () => unknown): Promise<Record<string, unknown>[]> {
  const lines: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await work()
  for (const mocked of [write, log]) mocked.mockRestore()
  return lines.filter((line) => line.includes('_aws')).map((line) => JSON.parse(line) as Record<string, unknown>)
}

const toEvent = (path: string) =>
  ({
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'api.example' },
    requestContext: { http: { method: 'GET', path, sourceIp: '192.0.2.1' } },
  }) as never

it('a worker prints and sends what it counted before its invocation ends, and the API shows it', async () => {
  const { handler: takeBatches } = await import('../../functions/bulk-worker.ts')
  const { handler: answer } = await import('../../functions/api.ts')
  const record = { messageId: 'm', body: 'no batch', attributes: { ApproximateReceiveCount: '1' } }
  const event = { Records: [record] } as unknown as Parameters<typeof takeBatches>[0]
  expect(await printedBy(() => takeBatches(event))).toEqual([
    expect.objectContaining({ Stage: 'test', BatchesFailed: 1, scan_batches_failed: 1 }),
  ])
  const get = toEvent('/healthz/metrics')
  await printedBy(() => answer(get)) // loads the code, and the script of the limits
  let body = ''
  const printed = await printedBy(async () => (body = ((await answer(get)) as unknown as { body: string }).body))
  expect(body).toContain('hunter_scan_batches_total{outcome="failed"} 1\n')
  expect(body).toContain('hunter_metrics_shared 1\n')
  expect(printed).toEqual([expect.objectContaining({ Requests2xx: 1 })])
})

it('the deliverer counts its messages, and the API says how far behind alerts and rescans are', async () => {
  const { handler: deliver } = await import('../../functions/deliver.ts')
  const { handler: answer } = await import('../../functions/api.ts')
  const ask = async (path: string) => ((await answer(toEvent(path))) as unknown as { body: string }).body
  await keepChannel(database.db, { kind: 'webhook', secret: 's' })
  const at = '2020-01-01T00:00:00.000Z'
  await keepChanges(database.db, sampleLead({ at }), [sampleChange({ at })])
  /** A busy machine counts and checks too late at first. */
  const see = (path: string, text: RegExp) =>
    printedBy(async () => {
      await expect.poll(() => ask(path), { interval: 1_000 }).toMatch(text)
    })
  await see('/healthz/metrics', /^hunter_alerts_oldest_due_seconds \d{8,}$/m)
  await see('/healthz/metrics', /^hunter_rescans_behind_seconds \d{8,}$/m)
  await see('/healthz/ready', /\{"name":"alerts","state":"down"/)
  // no client can open the address, so the attempt fails and the address rests
  expect(await printedBy(() => deliver())).toEqual([
    expect.objectContaining({ AlertsFailed: 1 }),
    expect.objectContaining({ OldestDueSeconds: 0 }),
  ])
  await see('/healthz/metrics', /^hunter_alert_messages_total\{outcome="failed"\} 1$/m)
  await see('/healthz/metrics', /^hunter_alerts_oldest_due_seconds 0$/m)
  await see('/healthz/ready', /\{"name":"alerts","state":"up"/)
})

it('the deliverer notes a mail that SES reports as returned, and sends nothing meanwhile', async () => {
  const { handler: deliver } = await import('../../functions/deliver.ts')
  const to = 'satis@firma.com.tr'
  const addressHash = hashAddress({ pepper: 'pepper' }, to)
  await database.db.insert(alertQueues).values({ addressHash, nextAt: new Date(0) })
  const id = await keepChannel(database.db, { kind: 'email', addressHash })
  const at = new Date().toISOString()
  const printed = await printedBy(async () => {
    expect(await deliver(bounceEvent('Permanent', 'General', { to, sentAt: at, at }))).toEqual({ sent: 0, failed: 0 })
  })
  expect(printed).toEqual([])
  const [channel] = await database.db.select().from(alertChannels).where(eq(alertChannels.id, id))
  expect(channel).toMatchObject({ state: 'disabled', stateReason: expect.stringContaining('refuses mail') })
})

it('counts from before the first use of Redis are sent, too', async () => {
  const telemetry = createTelemetry({ settings: readSettings({}), log: silentLog, clock: systemClock })
  telemetry.metrics.count('hunter_requests_total', { class: '3xx' })
  expect(await telemetry.prometheusText({})).toContain('hunter_metrics_shared 0\n')
  telemetry.shareCounters(createRedis({ url: redis.url, token: 't', timeoutMs: 5_000 }))
  await telemetry.prometheusText({}) // brings what is not there yet
  const others = createTelemetry({ settings: readSettings({}), log: silentLog, clock: systemClock })
  others.shareCounters(createRedis({ url: redis.url, token: 't', timeoutMs: 5_000 }))
  expect(await others.prometheusText({})).toContain('hunter_requests_total{class="3xx"} 1\n')
})

/** Limits of an instance that no Redis answers. */
async function limitsAlone(env: Record<string, string> = {}) {
  const clock = new TestClock()
  const context = { settings: readSettings(env), log: silentLog, clock }
  const nowhere = createRedis({ url: await refusingUrl(), token: 't', timeoutMs: 5_000, batching: true })
  const reporter = { report: () => undefined, flush: async () => undefined }
  const telemetry = createTelemetry(context)
  const deps = { redis: nowhere, metrics: telemetry.metrics, shared: telemetry.shareCounters(nowhere), reporter }
  return { clock, limits: createSharedLimits(context, deps) }
}

it('an instance with an open breaker reports that at once, and once a minute while it is called', async () => {
  const { clock, limits } = await limitsAlone()
  const BreakerOpen = 1
  const call = async () => {
    for (let i = 0; i < 3; i += 1) await limits.ip.limit('192.0.2.1')
    limits.repeatBreakerMetric()
  }
  expect(await printedBy(call)).toEqual([])
  expect(await printedBy(call)).toEqual([expect.objectContaining({ Stage: 'test', BreakerOpen })])
  clock.advanceMs(59_999)
  expect(await printedBy(call)).toEqual([])
  clock.advanceMs(1)
  expect(await printedBy(call)).toEqual([expect.objectContaining({ BreakerOpen })])
})

it('divides a limit by the number of instances that may call', async () => {
  const shareIn = async (env: Record<string, string>) => {
    const { limits } = await limitsAlone(env)
    const [key, dns] = [await limits.key.limit('a'), await limits.dns.limit('all')]
    return { key: key.limit, dns: dns.limit, dnsWindowMs: dns.windowMs }
  }
  // ten of the API: 60 / 10; with five workers fifteen for 10 turns a second: one each two seconds
  expect(await shareIn({ HUNTER_ENV: 'live' })).toEqual({ key: 6, dns: 1, dnsWindowMs: 2_000 })
  // an account that runs up to fifty, none of them reserved
  const small = { HUNTER_ENV: 'live', HUNTER_API_INSTANCES: '50' }
  expect(await shareIn(small)).toEqual({ key: 1, dns: 1, dnsWindowMs: 6_000 })
  expect(await shareIn({ HUNTER_ENV: 'local' })).toEqual({ key: 60, dns: 5, dnsWindowMs: 1_000 })
})
