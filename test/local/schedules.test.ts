import { afterEach, describe, expect, test, vi } from 'vitest'
import { startSchedules } from '#local/schedules'
import { planSchedules } from '#deployment/schedules'
import { sampleOf } from '../support/thorough.ts'

const HOUR_MS = 3_600_000

afterEach(() => vi.useRealTimers())

/** Returns when the nightly backup ran in the hours after `from`, in UTC. */
async function runsAfter(from: string, hours: number, timezone: string): Promise<string[]> {
  vi.useFakeTimers({ now: new Date(from) })
  const runs: string[] = []
  const { backup } = planSchedules({ time: '03:00', timezone }, new Date())
  const invoke = async () => void runs.push(new Date().toISOString().slice(0, 16))
  const schedules = startSchedules({ invoke, onFailure: () => undefined }, [backup])
  for (let hour = 0; hour < hours; hour += 1) await vi.advanceTimersByTimeAsync(HOUR_MS)
  schedules.stop()
  return runs
}

const NIGHTS: [string, string, string, string[]][] = [
  [
    'Europe/Berlin',
    'summer time begins',
    '2027-03-26T23:00Z',
    ['2027-03-27T02:00', '2027-03-28T01:00', '2027-03-29T01:00'],
  ],
  [
    'Europe/Berlin',
    'summer time ends',
    '2026-10-23T23:00Z',
    ['2026-10-24T01:00', '2026-10-25T02:00', '2026-10-26T02:00'],
  ],
  [
    'America/New_York',
    'summer time begins',
    '2027-03-13T06:00Z',
    ['2027-03-13T08:00', '2027-03-14T07:00', '2027-03-15T07:00'],
  ],
  [
    'Europe/Istanbul',
    'other countries change their clocks',
    '2027-03-26T22:00Z',
    ['2027-03-27T00:00', '2027-03-28T00:00', '2027-03-29T00:00'],
  ],
]

/** EventBridge Scheduler also runs it at the wall clock's time, once a day. */
describe('the local schedule runs the backup once each night at three local time, even', () => {
  test.each(sampleOf(NIGHTS))('in %s when %s', async (timezone, _what, from, expected) => {
    expect(await runsAfter(from, 52, timezone)).toEqual(expected)
  })
})
