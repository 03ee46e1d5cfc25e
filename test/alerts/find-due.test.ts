import { describe, expect, it } from 'vitest'
import { findDueDigest } from '#alerts/digest/find-due'
import * as fc from '../support/seeded.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Runs the schedule from one time to another, and lists what was due and when it was noticed. */
function runSchedule({ digestHour, timezone }: { digestHour: number; timezone: string }, times: Iterable<Date>) {
  const made: { day: string; at: string; late: number }[] = []
  let from: Date | undefined
  for (const now of times) {
    from ??= now
    const due = findDueDigest({ digestHour, timezone, from }, now)
    if (!due || made.some(({ day }) => day === due.day)) continue
    made.push({ day: due.day, at: due.at.toISOString(), late: now.getTime() - due.at.getTime() })
    from = now
  }
  return made
}

function* every(stepMs: number, start: string, end: string) {
  for (let at = Date.parse(start); at < Date.parse(end); at += stepMs) yield new Date(at)
}

describe('a digest is due', () => {
  it('at its hour in Istanbul, where the clocks never change', () => {
    const made = runSchedule(
      { digestHour: 8, timezone: 'Europe/Istanbul' },
      every(15 * MINUTE_MS, '2026-10-24T00:00Z', '2026-10-27T00:00Z'),
    )
    expect(made.map(({ at }) => at)).toEqual([
      '2026-10-24T05:00:00.000Z',
      '2026-10-25T05:00:00.000Z',
      '2026-10-26T05:00:00.000Z',
    ])
  })

  it.each([
    ['when the clocks skip its hour', 'Europe/Berlin', 2, '2027-03-28', '2027-03-28T01:00:00.000Z'],
    ['when the clocks show its hour twice', 'Europe/Berlin', 2, '2026-10-25', '2026-10-25T00:00:00.000Z'],
    ['when the clocks skip its hour', 'America/New_York', 2, '2027-03-14', '2027-03-14T07:00:00.000Z'],
    ['when the clocks show its hour twice', 'America/New_York', 1, '2026-11-01', '2026-11-01T05:00:00.000Z'],
    ['on a day of 23 hours', 'America/New_York', 8, '2027-03-14', '2027-03-14T12:00:00.000Z'],
    ['on a day of 25 hours', 'Europe/Berlin', 8, '2026-10-25', '2026-10-25T07:00:00.000Z'],
  ])('once %s: %s at %i', (_when, timezone, digestHour, day, at) => {
    const noon = Date.parse(`${day}T12:00Z`)
    const times = every(
      MINUTE_MS * 15,
      new Date(noon - 37 * HOUR_MS).toISOString(),
      new Date(noon + 37 * HOUR_MS).toISOString(),
    )
    const made = runSchedule({ digestHour, timezone }, times)
    expect(made.filter((each) => each.day === day)).toEqual([{ day, at, late: 0 }])
    expect(new Set(made.map(({ day }) => day)).size).toBe(made.length)
    expect(made.length).toBeGreaterThanOrEqual(3)
  })

  it('exactly once on each day of a zone, whatever the hour and however unevenly the schedule runs', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'Europe/Istanbul',
          'Europe/Berlin',
          'America/New_York',
          'Australia/Lord_Howe',
          'Asia/Kathmandu',
        ),
        fc.integer({ min: 0, max: 23 }),
        fc.constantFrom('2027-03-12T00:00:00Z', '2027-03-26T00:00:00Z', '2026-10-23T00:00:00Z', '2026-10-30T00:00:00Z'),
        fc.array(fc.integer({ min: 1, max: 7 * 60 }), { minLength: 30, maxLength: 30 }),
        (timezone, digestHour, start, pauses) => {
          const times = [new Date(start)]
          for (const minutes of pauses) times.push(new Date(times.at(-1)!.getTime() + minutes * MINUTE_MS))
          const made = runSchedule({ digestHour, timezone }, times)
          const days = made.map(({ day }) => day)
          expect(days).toEqual([...new Set(days)].sort())
          const gaps = days.slice(1).map((day, at) => Date.parse(day) - Date.parse(days[at]!))
          expect(gaps.every((gap) => gap === 24 * HOUR_MS)).toBe(true)
          for (const { late } of made) expect(late).toBeLessThanOrEqual(7 * HOUR_MS)
        },
      ),
      { numRuns: 40 },
    )
  })
})

it('gives way to the digest of the next day when nothing runs for days, even for a year', () => {
  const channel = { digestHour: 8, timezone: 'Europe/Istanbul', from: new Date('2025-11-20T05:00:00Z') }
  expect(findDueDigest(channel, new Date('2026-11-20T04:59:59.999Z'))).toMatchObject({ day: '2026-11-19' })
  expect(findDueDigest(channel, new Date('2026-11-20T05:00:00.000Z'))).toEqual({
    day: '2026-11-20',
    at: new Date('2026-11-20T05:00:00.000Z'),
  })
  expect(
    findDueDigest({ ...channel, from: new Date('2026-11-20T05:00:00Z') }, new Date('2026-11-20T05:00:00Z')),
  ).toBeNull()
})
