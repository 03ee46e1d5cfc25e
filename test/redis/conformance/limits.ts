/** The scripts of @upstash/ratelimit, through the library itself. */
import { randomUUID } from 'node:crypto'
import { Ratelimit } from '@upstash/ratelimit'
import { describe, expect, test, vi } from 'vitest'
import type { Server } from './server.ts'

export function rateLimits({ clientOf }: Server): void {
  describe('rate limits of the real library', () => {
    const startMs = Date.UTC(2026, 10, 20, 12)
    const at = (ms: number) => vi.setSystemTime(startMs + ms)
    const limitOf = (
      limiter: ConstructorParameters<typeof Ratelimit>[0]['limiter'],
      ephemeralCache: false | Map<string, number> = false,
    ) => {
      vi.useFakeTimers({ toFake: ['Date'], now: startMs })
      return new Ratelimit({
        redis: clientOf(),
        limiter,
        prefix: randomUUID(),
        ephemeralCache,
        timeout: 0,
        analytics: false,
        enableTelemetry: false,
      })
    }
    const outcomes = async (limit: Ratelimit, count: number) => {
      const results: boolean[] = []
      for (let i = 0; i < count; i += 1) results.push((await limit.limit('id')).success)
      return results
    }

    test('a fixed window grants its tokens and resets with the next window', async () => {
      const limit = limitOf(Ratelimit.fixedWindow(3, '60 s'))
      expect(await outcomes(limit, 4)).toEqual([true, true, true, false])
      expect((await limit.limit('another')).remaining).toBe(2)
      at(60_000)
      expect(await limit.limit('id')).toMatchObject({ success: true, limit: 3, remaining: 2, reset: startMs + 120_000 })
    })

    test('a sliding window weighs the previous window', async () => {
      const limit = limitOf(Ratelimit.slidingWindow(10, '60 s'))
      expect(await outcomes(limit, 11)).toEqual([...Array<boolean>(10).fill(true), false])
      at(60_000 + 30_000) // half of the ten still count
      expect(await outcomes(limit, 6)).toEqual([true, true, true, true, true, false])
      at(60_000 * 4)
      expect(await outcomes(limit, 11)).toEqual([...Array<boolean>(10).fill(true), false])
    })

    test('a sliding window may last twenty days', async () => {
      const limit = limitOf(Ratelimit.slidingWindow(2, '20 d'))
      expect(await outcomes(limit, 3)).toEqual([true, true, false])
    })

    test('a token bucket refills at its rate, up to its size', async () => {
      const limit = limitOf(Ratelimit.tokenBucket(2, '10 s', 5))
      expect(await outcomes(limit, 6)).toEqual([true, true, true, true, true, false])
      at(10_000)
      expect(await outcomes(limit, 3)).toEqual([true, true, false])
      at(25_000)
      expect(await limit.getRemaining('id')).toMatchObject({ limit: 5, reset: startMs + 20_000 })
      expect(await outcomes(limit, 3)).toEqual([true, true, false])
      at(1_000_000)
      expect(await outcomes(limit, 6)).toEqual([true, true, true, true, true, false])
    })

    test.each([
      ['fixed window', Ratelimit.fixedWindow(5, '60 s')],
      ['sliding window', Ratelimit.slidingWindow(5, '60 s')],
      ['token bucket', Ratelimit.tokenBucket(5, '60 s', 5)],
    ])('%s: reading what remains takes no token, and used tokens come back', async (_, limiter) => {
      const limit = limitOf(limiter)
      expect((await limit.getRemaining('id')).remaining).toBe(5)
      await outcomes(limit, 3)
      expect((await limit.getRemaining('id')).remaining).toBe(2)
      expect((await limit.getRemaining('id')).remaining).toBe(2)
      await limit.resetUsedTokens('id')
      expect((await limit.getRemaining('id')).remaining).toBe(5)
    })

    test('several tokens are taken at once, and a refused request takes none', async () => {
      const limit = limitOf(Ratelimit.tokenBucket(5, '60 s', 5))
      expect((await limit.limit('id', { rate: 4 })).remaining).toBe(1)
      expect((await limit.limit('id', { rate: 4 })).success).toBe(false)
      expect((await limit.getRemaining('id')).remaining).toBe(1)
    })

    test('fifty simultaneous calls get no more than the limit', async () => {
      const limit = limitOf(Ratelimit.slidingWindow(10, '60 s'))
      const answers = await Promise.all(Array.from({ length: 50 }, () => limit.limit('id')))
      expect(answers.filter(({ success }) => success)).toHaveLength(10)
    })

    test('a caller that is known to be blocked costs no request', async () => {
      const limit = limitOf(Ratelimit.fixedWindow(1, '60 s'), new Map())
      await outcomes(limit, 2)
      const requests = vi.spyOn(globalThis, 'fetch')
      expect(await limit.limit('id')).toMatchObject({ success: false, reason: 'cacheBlock' })
      expect(requests).not.toHaveBeenCalled()
    })

    test('scripts that the server has forgotten are sent again', async () => {
      const limit = limitOf(Ratelimit.fixedWindow(5, '60 s'))
      await limit.limit('id')
      await clientOf().scriptFlush()
      expect((await limit.limit('id')).remaining).toBe(3)
    })
  })
}
