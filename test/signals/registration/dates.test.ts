import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isoDate } from '#signals/registration/dates'
import { anyText } from '../../support/any-text.ts'

const NO_DATES = ['', '-', 'N/A', 'never', '2027-02-29', '2026-13-01', '32-Aug-2026', '1026-08-22', '9999-12-31']

describe('a registry’s date', () => {
  it.each([
    ['2001-Aug-23.', '2001-08-23T00:00:00Z'],
    ['2026-Aug-22', '2026-08-22T00:00:00Z'],
    ['2026-08-22', '2026-08-22T00:00:00Z'],
    ['2026/8/2', '2026-08-02T00:00:00Z'],
    ['2026. 08. 22.', '2026-08-22T00:00:00Z'],
    ['20260822', '2026-08-22T00:00:00Z'],
    ['2026-08-22T10:11:12Z', '2026-08-22T10:11:12Z'],
    ['2026-08-22T10:11:12.345Z', '2026-08-22T10:11:12Z'],
    ['2026-08-22T10:11:12.0000000Z', '2026-08-22T10:11:12Z'],
    ['2026-08-22T10:11:12+03:00', '2026-08-22T07:11:12Z'],
    ['2026-08-22T00:30:00+0300', '2026-08-21T21:30:00Z'],
    ['2026-08-22 10:11:12', '2026-08-22T10:11:12Z'],
    ['2026-08-22 10:11:12+03', '2026-08-22T07:11:12Z'],
    ['2026-08-22 10:11:12 UTC', '2026-08-22T10:11:12Z'],
    ['2026-08-22 10:11:12 (UTC+8)', '2026-08-22T02:11:12Z'],
    ['2026/08/22 10:11:12 (JST)', '2026-08-22T01:11:12Z'],
    ['2026-08-22 10:11:12 CEST', '2026-08-22T08:11:12Z'],
    ['22-Aug-2026', '2026-08-22T00:00:00Z'],
    ['22-aug-2026 10:11:12 UTC', '2026-08-22T10:11:12Z'],
    ['22 August 2026', '2026-08-22T00:00:00Z'],
    ['August 22 2026', '2026-08-22T00:00:00Z'],
    ['Aug 22, 2026', '2026-08-22T00:00:00Z'],
    ['Sat Aug 22 10:11:12 UTC 2026', '2026-08-22T10:11:12Z'],
    ['Sat Aug 22 10:11:12 2026', '2026-08-22T10:11:12Z'],
    ['Sat, 22 Aug 2026 10:11:12 GMT', '2026-08-22T10:11:12Z'],
    ['22.08.2026', '2026-08-22T00:00:00Z'],
    ['22.08.2026 10:11:12', '2026-08-22T10:11:12Z'],
    ['22/08/2026', '2026-08-22T00:00:00Z'],
    ['08/22/2026', '2026-08-22T00:00:00Z'],
    ['2/8/2026', '2026-08-02T00:00:00Z'],
    ['22/08/2026 10:11:12 PM', '2026-08-22T22:11:12Z'],
    ['22-08-2026 12:00 AM', '2026-08-22T00:00:00Z'],
    ['2028-02-29', '2028-02-29T00:00:00Z'],
  ])('%s is %s', (text, iso) => {
    expect(isoDate(text)).toBe(iso)
  })

  it.each(NO_DATES)('is none in "%s"', (text) => {
    expect(isoDate(text)).toBeNull()
  })

  it('is read back from any time written as ISO', () => {
    const times = fc.date({ min: new Date('1980-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(times, (time) => {
        const iso = time.toISOString()
        expect(isoDate(iso)).toBe(`${iso.slice(0, 19)}Z`)
      }),
    )
  })

  it('is a valid time or nothing, whatever the text', () => {
    const pieces = fc.constantFrom(
      '2026',
      '08',
      '22',
      '-',
      '.',
      '/',
      ' ',
      'aug',
      'T',
      ':',
      '25',
      '61',
      '+99',
      'pm',
      'Z',
    )
    const texts = fc.oneof(
      fc.string(),
      anyText,
      fc.array(pieces).map((each) => each.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        expect(isoDate(text) ?? '2000-01-01T00:00:00Z').toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      }),
      { numRuns: 500 },
    )
  })
})
