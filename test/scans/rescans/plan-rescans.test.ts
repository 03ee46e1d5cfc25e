import { describe, expect, it } from 'vitest'
import { planRescans } from '#scans/rescans/plan-rescans'

const schedule = { everyDays: 30, budget: 1_000, timezone: 'Europe/Istanbul', paused: null, changed: null }
const situation = { schedule, spent: 0, openBatches: 0, isPeopleWaiting: false, batchSize: 50 }

describe('the schedule takes up', () => {
  it('as many leads as four batches hold, so that one worker of five is left to people', () => {
    expect(planRescans(situation)).toEqual({ domains: 200 })
  })

  it('only as many as fit beside its batches that are open', () => {
    expect(planRescans({ ...situation, openBatches: 3 })).toEqual({ domains: 50 })
    expect(planRescans({ ...situation, openBatches: 4 })).toEqual({ domains: 0, hold: 'under_way' })
  })

  it('no more than what is left of the day', () => {
    expect(planRescans({ ...situation, spent: 993 })).toEqual({ domains: 7 })
    for (const spent of [1_000, 1_001]) {
      expect(planRescans({ ...situation, spent })).toEqual({ domains: 0, hold: 'budget_spent' })
    }
  })

  it('nothing while people wait, and nothing while it is paused', () => {
    expect(planRescans({ ...situation, isPeopleWaiting: true })).toEqual({ domains: 0, hold: 'people_first' })
    const paused = { ...schedule, paused: { since: new Date(), by: 'cli' } }
    expect(planRescans({ ...situation, schedule: paused })).toEqual({ domains: 0, hold: 'paused' })
  })
})
