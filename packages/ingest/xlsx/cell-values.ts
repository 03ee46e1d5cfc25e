/** Turns what a cell stores into what a reader of the sheet sees: dates, plain numbers, and texts without escapes. */
import type { Archive } from '#ingest/xlsx/archive'
import { chooseSection, formatTime, type NumberFormat, parseNumberFormat } from '#ingest/xlsx/number-format'
import { parseXml } from '#ingest/xlsx/xml'

/** Formats of the styles that may show a date or a time, by the number of the style. */
export type CellFormats = ReadonlyMap<number, NumberFormat>

/** Formats that have a number instead of a code (ECMA-376 part 1, 18.8.30), with those of East Asian editions. */
const DATE_FORMATS: [first: number, last: number][] = [
  [14, 17],
  [22, 22],
  [27, 36],
  [50, 58],
]
const DATE = parseNumberFormat('yyyy-mm-dd')
const TIME_FORMATS = new Map(
  Object.entries({
    18: 'h:mm AM/PM',
    19: 'h:mm:ss AM/PM',
    20: 'h:mm',
    21: 'h:mm:ss',
    45: 'mm:ss',
    46: '[h]:mm:ss',
    47: 'mm:ss.0',
  }).map(([id, code]) => [Number(id), parseNumberFormat(code)]),
)
const STYLES_MAX = 65_536
/** As Excel allows. */
const FORMAT_LENGTH_MAX = 255
/** Codes of all formats together; a format beyond it shows plain numbers. */
const FORMATS_LENGTH_MAX = 512 * 1024

export async function readCellFormats(archive: Archive, part: string): Promise<CellFormats> {
  const own = new Map<number, NumberFormat>()
  const styles = new Map<number, NumberFormat>()
  let [style, length] = [0, 0]
  let isInUse = false
  const open = (name: string, { numFmtId, formatCode = '' }: Record<string, string>) => {
    const id = Number(numFmtId)
    if (name === 'cellXfs') isInUse = true
    if (name === 'numFmt' && own.size < STYLES_MAX) {
      const code = formatCode.slice(0, FORMAT_LENGTH_MAX)
      length += code.length
      own.set(id, length > FORMATS_LENGTH_MAX ? [] : parseNumberFormat(code))
    }
    if (name !== 'xf' || !isInUse || style >= STYLES_MAX) return
    const format = own.get(id) ?? findBuiltIn(id)
    if (format?.some(({ kind }) => kind !== 'number')) styles.set(style, format)
    style += 1
  }
  const close = (name: string) => {
    if (name === 'cellXfs') isInUse = false
  }
  for await (const _ of parseXml(archive.read(part), { open, close })) continue
  return styles
}

function findBuiltIn(id: number): NumberFormat | undefined {
  const isDate = DATE_FORMATS.some(([first, last]) => id >= first && id <= last)
  return isDate ? DATE : TIME_FORMATS.get(id)
}

/** Days from the day 0 of Excel to 1970; its 29 February 1900 never was, so earlier days are one off. */
const EPOCH_DAYS = 25_569
/** Workbooks of old Macs count from 1904. */
const EPOCH_1904_DAYS = 1_462
const DAY_MS = 86_400_000
/** 31 December 9999, the last day that Excel shows. */
const SERIAL_MAX = 2_958_466

/**
 * Returns a date as `2026-11-30` or `2026-11-30 14:05`, a time as the sheet shows it, and any other number plain. Excel shows
 * no date and no time below zero unless days count from 1904.
 */
export function formatNumber(text: string, format: NumberFormat | undefined, is1904: boolean): string {
  const value = Number(text)
  const section = text.trim() === '' ? undefined : format && chooseSection(format, value)
  if (section?.kind === 'date') return formatDate(value, is1904) ?? formatPlain(text)
  if (section?.kind !== 'time' || !(Math.abs(value) < SERIAL_MAX)) return formatPlain(text)
  if (value >= 0) return formatTime(section, value)
  if (!is1904) return formatPlain(text)
  return `${section === format?.[0] ? '-' : ''}${formatTime(section, -value)}`
}

/** A day without a time has no hours, and a time without a day no date; undefined for no such day. */
function formatDate(value: number, is1904: boolean): string | undefined {
  const serial = value + (is1904 ? EPOCH_1904_DAYS : 0)
  if (!(value >= 0 && serial < SERIAL_MAX)) return undefined
  const seconds = new Date(Math.round((serial - EPOCH_DAYS) * (DAY_MS / 1_000)) * 1_000).toISOString()
  const [day = '', time = ''] = seconds.slice(0, 19).split('T')
  const short = time.replace(/:00$/, '')
  if (value < 1) return short
  return short === '00:00' ? day : `${day} ${short}`
}

/** `9.05321234567E11` becomes `905321234567`; 15 digits, as Excel shows them, hide the noise of binary fractions. */
function formatPlain(text: string): string {
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
