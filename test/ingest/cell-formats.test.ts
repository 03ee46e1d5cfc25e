import { describe, expect, it } from 'vitest'
import { formatNumber } from '#ingest/xlsx/cell-values'
import { parseNumberFormat } from '#ingest/xlsx/number-format'

const show = (value: number | string, code: string, is1904 = false) =>
  formatNumber(String(value), parseNumberFormat(code), is1904)
const hours = (count: number) => count / 24

describe('a cell of a workbook', () => {
  it.each([
    ['[h]:mm', hours(27.5), '27:30'],
    ['[h]:mm:ss', hours(27.5), '27:30:00'],
    ['[hh]:mm', hours(3.25), '03:15'],
    ['[h]', hours(27.75), '27'],
    ['[m]', hours(27.5), '1650'],
    ['[mm]:ss', hours(1.5) + 7 / 86_400, '90:07'],
    ['[s]', hours(27.5), '99000'],
    ['[ss].00', 1.25 / 86_400, '01.25'],
    ['[H]:MM', hours(100), '100:00'],
    ['[h]:mm;@', hours(27.5), '27:30'],
    ['[h]" saat "mm" dk"', hours(27.5), '27 saat 30 dk'],
    ['[h]\\ "sa."', hours(30), '30 sa.'],
    ['[Red][h]:mm_)', hours(26), '26:00'],
    ['[$-41F][h]:mm:ss', hours(26), '26:00:00'],
    ['[<1]h:mm;[h]:mm', hours(2.5), '2:30'],
    ['[<1]h:mm;[h]:mm', hours(50), '50:00'],
    ['[>1][h]" saat";0.0', hours(12), '0.5'],
  ])('shows elapsed time in the format %s', (code, value, shown) => {
    expect(show(value, code)).toBe(shown)
  })

  it.each([
    ['h:mm', 46_356.5868055556, '14:05'],
    ['h:mm', 0.375, '9:00'],
    ['hh:mm', 0.375, '09:00'],
    ['h:mm AM/PM', 0.5868055556, '2:05 PM'],
    ['h:mm a/p', 0.0208333333, '12:30 a'],
    ['"Saat "hh:mm', 0.75, 'Saat 18:00'],
    ['mm:ss.0', 75.25 / 86_400, '01:15.3'],
    ['hh:mm:ss', 59.9996 / 86_400, '00:01:00'],
    ['hh:mm', 59.9 / 86_400, '00:00'],
    ['h:mm', 0.58680555555555547, '14:05'],
    ['[h]:mm', 0.99999999999, '24:00'],
  ])('shows a time in the format %s as Excel does', (code, value, shown) => {
    expect(show(value, code)).toBe(shown)
  })

  it.each([
    ['dd.mm.yyyy', 46_356, '2026-11-30'],
    ['dd.mm.yyyy;@', 46_356, '2026-11-30'],
    ['[$-41F]d mmmm yyyy\\ dddd', 46_356, '2026-11-30'],
    ['mmm yy', 46_356, '2026-11-30'],
    ['mm', 46_356, '2026-11-30'],
    ['m/d/yy h:mm', 46_356.5868055556, '2026-11-30 14:05'],
    ['"Tarih: "dd/mm/yyyy', 46_356, '2026-11-30'],
    ['yyyy"年"m"月"d"日"', 46_356, '2026-11-30'],
  ])('shows a date in the format %s with its year, whatever the order', (code, value, shown) => {
    expect(show(value, code)).toBe(shown)
  })

  it.each([
    ['# ?/?', 0.5, '0.5'],
    ['# ??/100', 2.25, '2.25'],
    ['0%', 0.185, '0.185'],
    ['0.00%', 0.1 + 0.2, '0.3'],
    ['#,##0.00 "₺"', 1_234.5, '1234.5'],
    ['[$₺-41F]#,##0.00;[Red]-[$₺-41F]#,##0.00', -1_234.5, '-1234.5'],
    ['_-* #,##0.00\\ [$USD]_-', 5, '5'],
    ['#,##0.00 USD', 5, '5'],
    ['0" adet"', 12, '12'],
    ['0 "gün"', 3, '3'],
    ['0.0\\h', 27.5, '27.5'],
    ['0.00E+00', 12_345, '12345'],
    ['[<=9999999]###\\-####;(###) ###\\-####', 5_321_234_567, '5321234567'],
    ['d "gün" h "saat"', 1.5, '1.5'],
    ['@', 27.5, '27.5'],
    [';;;', 27.5, '27.5'],
    ['General', 27.5, '27.5'],
    ['', 27.5, '27.5'],
    ['[h', 27.5, '27.5'],
    ['"h', 27.5, '27.5'],
  ])('shows the plain number in the format %s, which is no time', (code, value, shown) => {
    expect(show(value, code)).toBe(shown)
  })

  it.each([
    ['[h]:mm', false, '-0.5'],
    ['dd.mm.yyyy', false, '-0.5'],
    ['dd.mm.yyyy', true, '-0.5'],
    ['[h]:mm', true, '-12:00'],
    ['[h]:mm;[Red]"eksi "[h]:mm', true, 'eksi 12:00'],
  ])('shows half a day below zero in the format %s (from 1904: %s) as %s', (code, is1904, shown) => {
    expect(show(-0.5, code, is1904)).toBe(shown)
  })

  it('counts the days of old Macs from 1904, and hours from zero in every workbook', () => {
    expect(show('44894.5', 'dd.mm.yyyy hh:mm', true)).toBe('2026-11-30 12:00')
    expect(show('0.75', 'h:mm', true)).toBe('18:00')
    expect(show('1.25', '[h]:mm', true)).toBe('30:00')
  })

  it.each(['[h]:mm', 'h:mm', 'dd.mm.yyyy', '0.00'])('keeps what %s cannot show as it is', (code) => {
    const stored = ['', ' ', 'x', 'NaN', '1e300', '-1e300']
    expect(stored.map((text) => show(text, code))).toEqual(['', ' ', 'x', 'NaN', '1e+300', '-1e+300'])
  })
})
