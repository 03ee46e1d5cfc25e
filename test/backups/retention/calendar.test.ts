import { describe, expect, test } from 'vitest'
import { createCalendar } from '#backups/retention/calendar'

describe('a moment belongs to the day, month and week of the local calendar', () => {
  test.each([
    ['Europe/Istanbul', '2026-10-31T20:59:59Z', '2026-10-31', '2026-10', '2026-10-25'],
    ['Europe/Istanbul', '2026-10-31T21:00:00Z', '2026-11-01', '2026-11', '2026-11-01'], // a Sunday: month and week begin together
    ['Europe/Istanbul', '2026-12-31T22:00:00Z', '2027-01-01', '2027-01', '2026-12-27'],
    ['America/New_York', '2026-11-01T03:59:59Z', '2026-10-31', '2026-10', '2026-10-25'],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01', '2026-11', '2026-11-01'], // 01:30, for the first time
    ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-01', '2026-11', '2026-11-01'], // 01:30, for the second
    ['America/New_York', '2026-11-08T04:59:59Z', '2026-11-07', '2026-11', '2026-11-01'], // a week of 169 hours
    ['Europe/Berlin', '2027-03-27T22:59:59Z', '2027-03-27', '2027-03', '2027-03-21'],
    ['Europe/Berlin', '2027-04-03T22:00:00Z', '2027-04-04', '2027-04', '2027-04-04'], // after a week of 167 hours
    ['Pacific/Apia', '2027-06-30T10:59:59Z', '2027-06-30', '2027-06', '2027-06-27'],
    ['Pacific/Apia', '2027-06-30T11:00:00Z', '2027-07-01', '2027-07', '2027-06-27'],
  ])('%s at %s: %s, %s, week of %s', (timezone, at, day, month, week) => {
    expect(createCalendar(timezone)(new Date(at))).toEqual({ day, month, week })
  })
})
