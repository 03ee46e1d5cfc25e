import { describe, expect, test } from 'vitest'
import { findSkippedDay, isTimeOfDay, isTimezone } from '#platform/local-time'
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
