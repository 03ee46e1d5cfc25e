import { assert, double, integer, property } from '../../support/seeded.ts'
import { expect, it } from 'vitest'
import { QUEUES } from '#deployment/queues'
import { computeRetryDelayS } from '#scans/bulk/retry-delay'

const tries = Array.from({ length: QUEUES.scans.tries - 1 }, (_, at) => at + 1)

it('retries a failed batch after five seconds, then after twice as long each time, up to ten minutes', () => {
  expect(tries.map((receives) => computeRetryDelayS(receives, 0))).toEqual([
    5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600,
  ])
})

it('retries for at least fifty minutes, so that an outage of the database may last that long', () => {
  const allS = tries.reduce((sum, receives) => sum + computeRetryDelayS(receives, 0), 0)
  expect(allS).toBeGreaterThanOrEqual(50 * 60)
})

it('never hides a failed batch longer than the queue would, and always for whole seconds', () => {
  const random = double({ min: 0, max: 1, noNaN: true })
  assert(
    property(integer({ min: 1, max: 1_000 }), random, (receives, at) => {
      const waitS = computeRetryDelayS(receives, at)
      expect(Number.isInteger(waitS)).toBe(true)
      expect(waitS).toBeGreaterThanOrEqual(computeRetryDelayS(receives, 0))
      expect(waitS).toBeLessThanOrEqual(QUEUES.scans.hiddenS)
    }),
  )
})

it('spreads batches that failed together', () => {
  expect(new Set([0, 0.25, 0.5, 0.75, 1].map((random) => computeRetryDelayS(1, random))).size).toBeGreaterThan(1)
  expect(new Set([0, 0.25, 0.5, 0.75, 1].map((random) => computeRetryDelayS(8, random))).size).toBe(5)
})
