import * as fc from '../../support/seeded.ts'
import { expect, it } from 'vitest'
import { INSTANCES_MAX } from '#deployment/instances'
import { FUNCTIONS } from '#deployment/functions'
import { BATCH_SIZE_MAX, COMMIT_TIMEOUT_MS, planBatches } from '#scans/bulk/batch-limits'

const DEFAULTS = { dnsPerSecond: 10, scanBudgetMs: 8_000 }

it('makes batches of 50 if the limits allow it, as the defaults do', () => {
  expect(planBatches(DEFAULTS)).toEqual({ size: BATCH_SIZE_MAX, turnWaitMs: 60_000 })
  expect(planBatches({ ...DEFAULTS, dnsPerSecond: 100_000 }).size).toBe(BATCH_SIZE_MAX)
})

it('makes smaller batches if the limit is low or a scan may take long', () => {
  expect(planBatches({ ...DEFAULTS, dnsPerSecond: 5 }).size).toBe(30)
  expect(planBatches({ ...DEFAULTS, dnsPerSecond: 1 }).size).toBe(6)
  expect(planBatches({ dnsPerSecond: 10, scanBudgetMs: 60_000 })).toEqual({ size: 10, turnWaitMs: 10_000 })
  expect(planBatches({ dnsPerSecond: 1, scanBudgetMs: 60_000 }).size).toBe(1)
})

it('gives every busy worker the turns of its batch in time, and leaves half of the turns to others', () => {
  const limits = fc.record({
    dnsPerSecond: fc.integer({ min: 1, max: 100_000 }),
    scanBudgetMs: fc.integer({ min: 100, max: 60_000 }),
  })
  fc.assert(
    fc.property(limits, ({ dnsPerSecond, scanBudgetMs }) => {
      const { size, turnWaitMs } = planBatches({ dnsPerSecond, scanBudgetMs })
      const turnsMs = (size * INSTANCES_MAX.worker * 1_000) / dnsPerSecond
      expect(size === 1 || turnsMs <= turnWaitMs / 2).toBe(true)
      expect(turnWaitMs + scanBudgetMs + COMMIT_TIMEOUT_MS).toBeLessThan(FUNCTIONS['bulk-worker'].timeoutS * 1_000)
    }),
  )
})
