import { expect, it } from 'vitest'
import { formatTime } from '#cli/time-text'

it.each([
  ['2026-11-29T13:23:37.500Z', 'Europe/Istanbul', '2026-11-29 16:23 +03'],
  ['2026-11-29T13:23:37.500Z', 'UTC', '2026-11-29 13:23 UTC'],
  ['2026-11-29T18:45:00Z', 'Asia/Kolkata', '2026-11-30 00:15 +05:30'],
  ['2026-11-29T03:00:00Z', 'America/St_Johns', '2026-11-28 23:30 -03:30'],
  ['2026-11-29T21:00:00Z', 'Europe/Istanbul', '2026-11-30 00:00 +03'],
])('shows %s in %s as %s', (time, zone, text) => {
  expect(formatTime(time, zone)).toBe(text)
  expect(formatTime(new Date(time), zone)).toBe(text)
})

it('distinguishes the repeated hour in autumn, and skips the missing one in spring', () => {
  const berlin = (time: string) => formatTime(time, 'Europe/Berlin')
  expect([berlin('2026-10-25T00:30:00Z'), berlin('2026-10-25T01:30:00Z')]).toEqual([
    '2026-10-25 02:30 +02',
    '2026-10-25 02:30 +01',
  ])
  expect([berlin('2026-03-29T00:59:00Z'), berlin('2026-03-29T01:00:00Z')]).toEqual([
    '2026-03-29 01:59 +01',
    '2026-03-29 03:00 +02',
  ])
})

it('leaves other texts unchanged', () => {
  expect(formatTime('long ago')).toBe('long ago')
})
