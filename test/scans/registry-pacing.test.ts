import { expect, it } from 'vitest'
import type { LimitAnswer } from '#redis/limiter'
import { createRegistryPacer } from '#scans/registry-pacing'
import { TestClock } from '../support/test-clock.ts'

const forever = new AbortController().signal

/** Five a second for each registry, as a clock that only `pause` moves sees it. */
function fivePerSecond(waitMs: number) {
  const clock = new TestClock()
  const asked: string[] = []
  const freeAtMs = new Map<string, number>()
  const limiter = {
    async limit(id: string): Promise<LimitAnswer> {
      asked.push(id)
      const nowMs = clock.now().getTime()
      const freeMs = freeAtMs.get(id) ?? nowMs
      const allowed = freeMs <= nowMs
      if (allowed) freeAtMs.set(id, nowMs + 200)
      const retryAt = new Date(allowed ? nowMs : freeMs)
      return { allowed, limit: 5, remaining: 0, resetAt: retryAt, retryAt, degraded: false, windowMs: 1_000 }
    },
  }
  const pause = async (ms: number) => clock.advanceMs(ms)
  return { pacer: createRegistryPacer({ limiter, background: limiter, clock, pause, waitMs }), asked, clock }
}

it('gives turns in order for as long as the wait allows, and none after', async () => {
  const { pacer } = fivePerSecond(1_000)
  const taken = await Promise.all(Array.from({ length: 8 }, () => pacer.acquire('whois.test', forever)))
  expect(taken).toEqual([true, true, true, true, true, true, false, false])
})

it('counts each registry apart', async () => {
  const { pacer, asked } = fivePerSecond(0)
  const registries = ['a.test', 'b.test', 'a.test']
  expect(await Promise.all(registries.map((registry) => pacer.acquire(registry, forever)))).toEqual([true, true, false])
  expect(asked.sort()).toEqual(['a.test', 'a.test', 'b.test'])
})

it('takes no turn for a scan that is out of time', async () => {
  const { pacer, asked } = fivePerSecond(1_000)
  expect(await pacer.acquire('whois.test', AbortSignal.abort())).toBe(false)
  expect(asked).toEqual([])
  expect(await pacer.acquire('whois.test', forever)).toBe(true)
})

it('gives the look-up of another key its turn while one key has a hundred in the queue', async () => {
  const { pacer } = fivePerSecond(1_000)
  const many = Array.from({ length: 100 }, () => pacer.acquire('whois.test', forever, 'big'))
  const one = pacer.acquire('whois.test', forever, 'small')
  expect(await one).toBe(true)
  expect((await Promise.all(many)).filter(Boolean)).toHaveLength(5)
})
