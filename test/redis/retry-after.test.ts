import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type RedisServer, startRedisServer } from '#emulators/redis/server'
import { silentLog } from '#platform/log'
import { createBreaker, type SharedBreakerState } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createLimiter, type RequestLimiter, type LimitAnswer } from '#redis/limiter'
import { refusingUrl } from '../support/stub-redis.ts'
import { TestClock } from '../support/test-clock.ts'

/** Every limit of the product, and two that are easy to get wrong; each is pressed in every way, with Redis and without. */
const LIMITS = [
  { name: 'dns', tokens: 10, windowMs: 1_000 },
  { name: 'registry', tokens: 5, windowMs: 1_000 },
  { name: 'ip', tokens: 300, windowMs: 60_000 },
  { name: 'key', tokens: 60, windowMs: 60_000 },
  { name: 'failed-key', tokens: 30, windowMs: 60_000 },
  { name: 'one a minute', tokens: 1, windowMs: 60_000 },
  { name: 'more than milliseconds', tokens: 60, windowMs: 40 },
]
const INSTANCES = 4
const alone: SharedBreakerState = { openUntil: async () => undefined, publish: async () => undefined }

const clock = new TestClock()
let server: RedisServer
beforeAll(async () => {
  server = await startRedisServer({ token: 't', clock })
})
afterAll(() => server.close())

interface Pressing {
  limiter: RequestLimiter
  id: string
  tokens: number
  windowMs: number
}

const times = (count: number, ask: () => Promise<LimitAnswer>) => Promise.all(Array.from({ length: count }, ask))

const LOADS: Record<string, (given: Pressing) => Promise<unknown>> = {
  'a burst at the start of a window': ({ limiter, id, tokens }) => times(tokens, () => limiter.limit(id)),
  'a burst at its end': async ({ limiter, id, tokens, windowMs }) => {
    clock.advanceMs(windowMs - 1)
    await times(tokens, () => limiter.limit(id))
  },
  'a burst on each side of its edge': async ({ limiter, id, tokens, windowMs }) => {
    clock.advanceMs(windowMs - 1)
    await times(Math.ceil(tokens / 2), () => limiter.limit(id))
    clock.advanceMs(1)
    await times(tokens, () => limiter.limit(id))
  },
  'a steady pace that is a third too fast': async ({ limiter, id, tokens, windowMs }) => {
    for (let part = 0; part < 12; part += 1) {
      await times(Math.ceil(tokens / 9), () => limiter.limit(id))
      clock.advanceMs(Math.floor(windowMs / 12))
    }
  },
  'hammering without a look at the answers': async ({ limiter, id, tokens, windowMs }) => {
    for (let part = 0; part < 8; part += 1) {
      await times(tokens, () => limiter.limit(id))
      clock.advanceMs(Math.floor(windowMs / 5))
    }
  },
  'requests whose limit is learnt when they were counted': async ({ limiter, id, tokens }) => {
    await times(tokens + Math.ceil(tokens / 3), async () => (await limiter.limitThenDecide(id))())
  },
}

let ids = 0
function instanceAt(url: string, rule: (typeof LIMITS)[number]): RequestLimiter {
  const redis = createRedis({ url, token: 't', timeoutMs: 60_000, batching: true })
  const breaker = createBreaker({ clock, log: silentLog, shared: alone })
  return createLimiter({ redis, clock, breaker }, { ...rule, instances: INSTANCES })
}

/** Asks until it is refused. */
async function refusalOf(limiter: RequestLimiter, id: string): Promise<LimitAnswer> {
  for (;;) {
    const answer = await limiter.limit(id)
    if (!answer.allowed) return answer
  }
}

describe.each(LIMITS)('the limit $name', (rule) => {
  test.each(Object.keys(LOADS))(
    'after %s admits a client that waits for Retry-After, and none earlier',
    async (load) => {
      const [asked, other] = [instanceAt(server.url, rule), instanceAt(server.url, rule)]
      const id = `id-${(ids += 1)}`
      clock.advanceMs(rule.windowMs * 3 - (clock.now().getTime() % rule.windowMs))
      await LOADS[load]?.({ limiter: asked, id, ...rule })
      const refusal = await refusalOf(asked, id)
      expect(refusal.resetAt).toEqual(refusal.retryAt) // both headers say the same
      clock.advanceMs(refusal.retryAt.getTime() - 1 - clock.now().getTime())
      expect(await asked.limit(id)).toMatchObject({ allowed: false, retryAt: refusal.retryAt }) // its own memory answers
      expect(await other.limit(id)).toMatchObject({ allowed: false, retryAt: refusal.retryAt })
      clock.advanceMs(1)
      expect(await asked.limit(id)).toMatchObject({ allowed: true, degraded: false })
    },
  )
})

describe.each(LIMITS)('the limit $name without Redis', (rule) => {
  let url: string
  beforeAll(async () => {
    url = await refusingUrl()
  })

  test.each(Object.keys(LOADS))('after %s gives an exact Retry-After, too', async (load) => {
    const limiter = instanceAt(url, rule)
    const id = `id-${(ids += 1)}`
    clock.advanceMs(rule.windowMs * 3 - (clock.now().getTime() % rule.windowMs))
    await LOADS[load]?.({ limiter, id, ...rule })
    const { retryAt, resetAt } = await refusalOf(limiter, id)
    expect(resetAt).toEqual(retryAt)
    clock.advanceMs(retryAt.getTime() - 1 - clock.now().getTime())
    expect(await limiter.limit(id)).toMatchObject({ allowed: false, retryAt, degraded: true })
    clock.advanceMs(1)
    expect(await limiter.limit(id)).toMatchObject({ allowed: true, degraded: true })
  })
})

test('a client that was refused during an outage is admitted by Redis at the announced time', async () => {
  const rule = { name: 'key', tokens: 60, windowMs: 60_000 }
  const limiter = instanceAt(server.url, rule)
  clock.advanceMs(rule.windowMs * 3 - (clock.now().getTime() % rule.windowMs))
  await times(60, () => limiter.limit('away'))
  const away = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed', { cause: new Error() }))
  const { allowed, retryAt, degraded } = await limiter.limit('away')
  expect([allowed, degraded]).toEqual([false, true])
  away.mockRestore()
  clock.advanceMs(retryAt.getTime() - clock.now().getTime())
  expect(await limiter.limit('away')).toMatchObject({ allowed: true, degraded: false })
})

test('a client without tokens that waits for the reset is admitted without a refusal', async () => {
  const rule = { name: 'key', tokens: 60, windowMs: 60_000 }
  const limiter = instanceAt(server.url, rule)
  const answers = await times(60, () => limiter.limit('exact'))
  const last = answers.find(({ remaining }) => remaining === 0)
  expect(last).toMatchObject({ allowed: true, remaining: 0 })
  clock.advanceMs((last?.resetAt.getTime() ?? 0) - clock.now().getTime())
  expect((await limiter.limit('exact')).allowed).toBe(true)
})
