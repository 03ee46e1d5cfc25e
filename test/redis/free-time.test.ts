import * as fc from '../support/seeded.ts'
import { expect, test } from 'vitest'
import { countUsed, findFreeTime, type WindowState } from '#redis/free-time'

type Limited = WindowState & { limit: number }

const states: fc.Arbitrary<Limited> = fc
  .record({
    windowMs: fc.oneof(fc.constantFrom(1, 7, 1_000, 60_000, 3_600_000), fc.integer({ min: 1, max: 100_000 })),
    limit: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 1_000_000 })),
    index: fc.integer({ min: 1, max: 1_000_000 }),
    // what was counted without a limit may be more than the limit
    shares: fc.tuple(fc.double({ min: 0, max: 2, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true })),
    offset: fc.oneof(
      fc.constantFrom(0, 1 - Number.EPSILON),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    ),
  })
  .map(({ windowMs, limit, index, shares: [previous, current], offset }) => ({
    windowMs,
    limit,
    previous: Math.round(previous * limit),
    current: Math.round(current * limit),
    nowMs: index * windowMs + Math.floor(offset * windowMs),
  }))

/** The same state, later, if no call took a token in between. */
function later(state: Limited, nowMs: number): Limited {
  const windows = Math.floor(nowMs / state.windowMs) - Math.floor(state.nowMs / state.windowMs)
  const before = windows === 0 ? state.previous : windows === 1 ? state.current : 0
  return { ...state, nowMs, previous: before, current: windows === 0 ? state.current : 0 }
}
const fits = (state: Limited, nowMs: number) => countUsed(later(state, nowMs)) + 1 <= state.limit

test('a caller gets in at the free time, and not a millisecond earlier', () => {
  fc.assert(
    fc.property(states, (state) => {
      const freeMs = findFreeTime(state)
      expect(freeMs).toBeGreaterThanOrEqual(state.nowMs)
      expect([fits(state, freeMs), freeMs > state.nowMs && fits(state, freeMs - 1)]).toEqual([true, false])
    }),
    { numRuns: 3_000 },
  )
})

test('a caller also gets in later than the free time', () => {
  fc.assert(
    fc.property(states, fc.nat({ max: 300_000 }), (state, lateMs) => {
      expect(fits(state, findFreeTime(state) + lateMs)).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  ['a burst at the start of the window', { previous: 0, current: 60, nowMs: 60_000 }, 120_001],
  ['a burst at its end', { previous: 0, current: 60, nowMs: 119_999 }, 120_001],
  ['a full window before', { previous: 60, current: 0, nowMs: 120_000 }, 120_001],
  ['a full window before, and half of this one', { previous: 60, current: 30, nowMs: 120_000 }, 150_001],
  ['twice what is allowed', { previous: 0, current: 120, nowMs: 60_000 }, 150_001],
  ['a token that is free', { previous: 0, current: 59, nowMs: 60_000 }, 60_000],
])('after %s', (_, counts, freeMs) => {
  expect(findFreeTime({ windowMs: 60_000, limit: 60, ...counts })).toBe(freeMs)
})
