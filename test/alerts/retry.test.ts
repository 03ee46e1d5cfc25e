import { describe, expect, it } from 'vitest'
import { ATTEMPTS_MAX, planPause, planRetry } from '#alerts/retry'
import { parseRetryAfter } from '#platform/retry-after'
import * as fc from '../support/seeded.ts'

const NOW = new Date('2026-11-20T00:00:00Z')
const secondsUntil = (at: Date | null) => at && (at.getTime() - NOW.getTime()) / 1_000

describe('a message that failed', () => {
  it('is tried ten times within about 75 hours, at growing distances, and then given up', () => {
    const delays = Array.from({ length: ATTEMPTS_MAX }, (_, n) =>
      secondsUntil(planRetry(n + 1, { now: NOW, random: 0 })),
    )
    expect(delays).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, null])
  })

  it('is spread by up to a fifth of the delay, and never waits less than it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
        const least = secondsUntil(planRetry(attempts, { now: NOW, random: 0 })) ?? NaN
        const chosen = secondsUntil(planRetry(attempts, { now: NOW, random })) ?? NaN
        expect(chosen).toBeGreaterThanOrEqual(least)
        expect(chosen).toBeLessThanOrEqual(least * 1.2)
      }),
    )
  })

  it('waits as long as the receiver asks for, but a day at most', () => {
    const retryAfter = (seconds: number) => planRetry(1, { now: NOW, random: 0, retryAfterMs: seconds * 1_000 })
    expect(secondsUntil(retryAfter(120))).toBe(120)
    expect(secondsUntil(retryAfter(1))).toBe(5)
    expect(secondsUntil(retryAfter(9_999_999_999))).toBe(86_400)
  })
})

it('lets a failing address rest for an hour at most, so that it is tried hourly until it works', () => {
  const pauses = [1, 2, 3, 4, 9, 10, 1_000].map((failures) =>
    secondsUntil(planPause(failures, { now: NOW, random: 0 })),
  )
  expect(pauses).toEqual([5, 300, 1_800, 3_600, 3_600, 3_600, 3_600])
})

it.each([
  ['30', 30_000],
  [' 0 ', 0],
  ['Fri, 20 Nov 2026 00:02:00 GMT', 120_000],
  ['Thu, 19 Nov 2026 00:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', 0],
  ['', undefined],
  [undefined, undefined],
])('reads Retry-After %j', (header, ms) => {
  expect(parseRetryAfter(header, NOW)).toBe(ms)
})
