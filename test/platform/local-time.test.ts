import { describe, expect, test } from 'vitest'
import { findNextTime, findSkippedDay, isTimeOfDay, isTimezone } from '#platform/local-time'
import { SCHEDULES, planSchedules } from '#deployment/schedules'

const NOW = new Date('2026-11-21T00:00:00Z')

describe('a time that daylight saving skips', () => {
  test.each([
    ['02:30', 'Europe/Berlin', '2027-03-28'],
    ['02:00', 'Europe/Berlin', '2027-03-28'],
    ['02:30', 'America/New_York', '2027-03-14'],
    ['02:15', 'Australia/Lord_Howe', '2027-10-03'], // half an hour
    ['00:30', 'Asia/Beirut', '2027-03-28'], // the clocks change at midnight
  ])('%s in %s does not exist on %s', (time, timezone, day) => {
    expect(findSkippedDay(time, timezone, NOW)).toBe(day)
  })

  test.each([
    ['03:00', 'Europe/Berlin'],
    ['01:59', 'Europe/Berlin'],
    ['03:00', 'Europe/Istanbul'],
    ['02:30', 'Europe/Istanbul'],
    ['03:00', 'America/New_York'],
    ['02:30', 'Asia/Kolkata'],
    ['00:00', 'UTC'],
  ])('%s in %s exists all year', (time, timezone) => {
    expect(findSkippedDay(time, timezone, NOW)).toBeUndefined()
  })
})

describe('the next time of a day', () => {
  const walk = (hour: number, timezone: string, from: string, days: number) => {
    const found = [new Date(from)]
    for (let n = 0; n < days; n += 1) found.push(findNextTime(hour * 60, timezone, found.at(-1)!))
    return found.slice(1).map((at) => at.toISOString().slice(0, 16))
  }

  test.each([
    ['is the same all year in Istanbul', 8, 'Europe/Istanbul', ['2027-03-27T05:00', '2027-03-28T05:00']],
    ['follows the clocks to summer time', 8, 'Europe/Berlin', ['2027-03-27T07:00', '2027-03-28T06:00']],
    [
      'comes once where the clocks skip it',
      2,
      'Europe/Berlin',
      ['2027-03-27T01:00', '2027-03-28T01:00', '2027-03-29T00:00'],
    ],
    ['is the first moment of a day without midnight', 0, 'Asia/Beirut', ['2027-03-27T22:00', '2027-03-28T21:00']],
    ['keeps to quarters of an hour', 8, 'Asia/Kathmandu', ['2027-03-27T02:15', '2027-03-28T02:15']],
  ])('%s', (_name, hour, timezone, times) => {
    expect(walk(hour, timezone, '2027-03-27T00:00:00Z', times.length)).toEqual(times)
  })

  test('comes once where the clocks show it twice', () => {
    expect(walk(2, 'Europe/Berlin', '2027-10-30T12:00:00Z', 2)).toEqual(['2027-10-31T00:00', '2027-11-01T01:00'])
    const between = findNextTime(120, 'Europe/Berlin', new Date('2027-10-31T00:30:00Z'))
    expect(between.toISOString()).toBe('2027-11-01T01:00:00.000Z')
  })

  test('may be a time between full hours', () => {
    const at = findNextTime(2 * 60 + 47, 'Asia/Kathmandu', new Date('2027-03-27T00:00:00Z'))
    expect(at.toISOString()).toBe('2027-03-27T21:02:00.000Z')
  })

  test.each(['America/New_York', 'Australia/Lord_Howe'])('comes once on each of 366 days in %s', (timezone) => {
    const times = walk(2, timezone, '2027-12-31T23:59:59Z', 366).map((at) => Date.parse(`${at}Z`))
    const hoursApart = times.slice(1).map((at, n) => (at - (times[n] ?? 0)) / 3_600_000)
    expect(hoursApart.filter((hours) => hours < 22 || hours > 26)).toEqual([])
  })
})

test('a time and a time zone are recognised', () => {
  expect(['00:00', '23:59', '24:00', '3:00', '03:60', '03', ''].filter(isTimeOfDay)).toEqual(['00:00', '23:59'])
  expect(['Europe/Istanbul', 'UTC', 'Mars/Olympus', '', 'Istanbul '].filter(isTimezone)).toEqual([
    'Europe/Istanbul',
    'UTC',
  ])
})

describe('the table of schedules', () => {
  test('has its defaults without settings', () => {
    expect(planSchedules({}, NOW)).toEqual(SCHEDULES)
  })

  test('takes time and time zone from the settings', () => {
    const { backup, reconcile, drill } = planSchedules({ time: '23:05', timezone: 'America/New_York' }, NOW)
    expect(backup).toMatchObject({ cron: '5 23 * * *', timezone: 'America/New_York' })
    expect([reconcile.timezone, drill.timezone]).toEqual(['America/New_York', 'America/New_York'])
    expect([reconcile.cron, drill.cron]).toEqual([SCHEDULES.reconcile.cron, SCHEDULES.drill.cron])
  })

  test.each([
    [{ time: '3 am' }, 'HUNTER_BACKUP_TIME must be a time'],
    [{ timezone: 'Mars/Olympus' }, 'HUNTER_BACKUP_TIMEZONE must be a name'],
    [{ time: '02:30', timezone: 'Europe/Berlin' }, 'on 2027-03-28 there is no 02:30 in Europe/Berlin'],
  ])('refuses %j', (night, message) => {
    expect(() => planSchedules(night, NOW)).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }))
    expect(() => planSchedules(night, NOW)).toThrow(message)
  })
})
