/** Turns what a cell stores into what a reader of the sheet sees: dates, plain numbers, and texts without escapes. */
import type { Archive } from '#ingest/xlsx/archive'
import { parseXml } from '#ingest/xlsx/xml'

/** Numbers of the styles that show dates or times. */
export type DateStyles = ReadonlySet<number>

/** Formats that have a number instead of a code (ECMA-376 part 1, 18.8.30), with those of East Asian editions. */
const DATE_FORMATS: [first: number, last: number][] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
]
/** Parts of a format's code that are no placeholders: quoted and escaped text, fillers, colours and conditions. */
const LITERAL = /"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi
const STYLES_MAX = 65_536
/** Excel allows 255. */
const FORMAT_LENGTH_MAX = 1_000

export async function readDateStyles(archive: Archive, part: string): Promise<DateStyles> {
  const own = new Map<number, boolean>()
  const dates = new Set<number>()
  let style = 0
  let isInUse = false
  const open = (name: string, { numFmtId, formatCode = '' }: Record<string, string>) => {
    const id = Number(numFmtId)
    if (name === 'cellXfs') isInUse = true
    if (name === 'numFmt' && own.size < STYLES_MAX)
      own.set(id, /[ymdhs]/i.test(formatCode.slice(0, FORMAT_LENGTH_MAX).replace(LITERAL, '')))
    if (name !== 'xf' || !isInUse || style >= STYLES_MAX) return
    if (own.get(id) ?? DATE_FORMATS.some(([first, last]) => id >= first && id <= last)) dates.add(style)
    style += 1
  }
  const close = (name: string) => {
    if (name === 'cellXfs') isInUse = false
  }
  for await (const _ of parseXml(archive.read(part), { open, close })) continue
  return dates
}

/** Days from the day 0 of Excel to 1970; its 29 February 1900 never was, so earlier days are one off. */
const EPOCH_DAYS = 25_569
/** Workbooks of old Macs count from 1904. */
const EPOCH_1904_DAYS = 1_462
const DAY_MS = 86_400_000
/** 31 December 9999, the last day that Excel shows. */
const SERIAL_MAX = 2_958_466

/** Returns `2026-11-30`, `2026-11-30 14:05`, or `14:05` for a time without a day; the text itself for no such number. */
export function formatDate(text: string, is1904: boolean): string {
  const serial = Number(text) + (is1904 ? EPOCH_1904_DAYS : 0)
  if (text === '' || !(serial >= 0 && serial < SERIAL_MAX)) return text
  const seconds = new Date(Math.round((serial - EPOCH_DAYS) * (DAY_MS / 1_000)) * 1_000).toISOString()
  const [day = '', time = ''] = seconds.slice(0, 19).split('T')
  const short = time.replace(/:00$/, '')
  if (Number(text) < 1) return short
  return short === '00:00' ? day : `${day} ${short}`
}

/** `9.05321234567E11` becomes `905321234567`; 15 digits, as Excel shows them, hide the noise of binary fractions. */
export function formatNumber(text: string): string {
  const number = Number(text)
  return text.trim() === '' || !Number.isFinite(number) ? text : String(Number(number.toPrecision(15)))
}

/** Excel writes characters that XML cannot hold, such as a carriage return, as `_x000D_`. */
export function decodeEscapes(text: string): string {
  if (!text.includes('_x')) return text
  return text
    .replace(/_x([\dA-F]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .toWellFormed()
}
