/**
 * Reads the codes of number formats (ECMA-376 part 1, 18.8.31), such as `[h]:mm` or `dd.mm.yyyy;@`, as far as a list needs
 * them: whether a number is a date, a time or neither, and what Excel shows of a time. Pure.
 */

type Part =
  | { type: 'text'; text: string }
  /** `month` is an `m` that stands beside no hours and no seconds; elapsed `[h]` counts on above 23. */
  | { type: 'y' | 'month' | 'd' | 'h' | 'm' | 's'; digits: number; isElapsed: boolean }
  | { type: 'fraction'; digits: number }
  /** `AM/PM` */
  | { type: 'halves'; names: string[] }
  | { type: 'number' }
  /** A quote or a bracket of a code that is damaged or too long. */
  | { type: 'unclosed' }
  | { type: 'condition'; operator: string; limit: number }

interface Section {
  kind: 'date' | 'time' | 'number'
  parts: Part[]
}

/** Sections for positive numbers, for negative ones and for zero, unless they have conditions. */
export type NumberFormat = readonly Section[]

const TOKEN =
  /"(?<quoted>[^"]*)"|\\(?<escaped>.)|[_*].|\[(?<elapsed>h+|m+|s+)\]|\[(?<operator>[<>]=?|=|<>)(?<limit>-?[\d.]+)\]|\[[^\]]*\]|(?<halves>AM\/PM|A\/P)|(?<unit>y+|m+|d+|h+|s+)|(?<fraction>\.0+)|(?<number>[0#?@])|(?<unclosed>["[])|(?<plain>.)/gisu
const FRACTION_DIGITS_MAX = 3

export function parseNumberFormat(code: string): NumberFormat {
  const sections: Part[][] = [[]]
  for (const { groups = {} } of code.matchAll(TOKEN)) {
    if (groups['plain'] === ';') sections.push([])
    else sections.at(-1)?.push(readPart(groups))
  }
  return sections.map((parts) => {
    const resolved = resolveMonths(parts)
    return { kind: decideKind(resolved), parts: resolved }
  })
}

/** Colours, spaces of a width and fillers have none of these groups, and show nothing that a list needs. */
function readPart(groups: Record<string, string | undefined>): Part {
  const { quoted, escaped, plain, elapsed, unit, fraction, halves, number, unclosed, operator, limit } = groups
  const letters = unit ?? elapsed
  if (letters !== undefined) {
    const type = letters[0]?.toLowerCase() as 'y' | 'm' | 'd' | 'h' | 's'
    return { type, digits: letters.length, isElapsed: elapsed !== undefined }
  }
  if (fraction !== undefined) return { type: 'fraction', digits: Math.min(fraction.length - 1, FRACTION_DIGITS_MAX) }
  if (halves !== undefined) return { type: 'halves', names: halves.split('/') }
  if (operator !== undefined) return { type: 'condition', operator, limit: Number(limit) }
  if (unclosed !== undefined) return { type: 'unclosed' }
  return number === undefined ? { type: 'text', text: quoted ?? escaped ?? plain ?? '' } : { type: 'number' }
}

/** An `m` means minutes behind hours and before seconds, whatever text is between; a fraction belongs to seconds. */
function resolveMonths(parts: Part[]): Part[] {
  let before: Part | undefined
  const units = parts.filter((part) => 'isElapsed' in part)
  return parts.map((part) => {
    if (part.type === 'fraction') return before?.type === 's' ? part : { type: 'number' }
    if (!('isElapsed' in part)) return part
    const after = units[units.indexOf(part) + 1]
    const isMinute = part.isElapsed || (part.digits < 3 && (before?.type === 'h' || after?.type === 's'))
    before = part
    return part.type === 'm' && !isMinute ? { ...part, type: 'month' } : part
  })
}

/** A day of the month beside hours alone is how people write a duration, which is no date. */
function decideKind(parts: Part[]): Section['kind'] {
  const has = (...types: Part['type'][]) => parts.some(({ type }) => types.includes(type))
  if (has('number')) return 'number'
  if (has('y', 'month')) return 'date'
  const isTimed = has('h', 'm', 's')
  if (has('d')) return isTimed ? 'number' : 'date'
  return isTimed && !has('unclosed') ? 'time' : 'number'
}

const HOLDS: Record<string, (value: number, limit: number) => boolean> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '=': (value, limit) => value === limit,
  '<>': (value, limit) => value !== limit,
}

/** Returns the section that formats the value; the last one when the value meets no condition. */
export function chooseSection(format: NumberFormat, value: number): Section | undefined {
  const conditions = format.map(({ parts }) => parts.find((part) => part.type === 'condition'))
  if (conditions.some((condition) => condition !== undefined)) {
    const met = conditions.findIndex((one) => one === undefined || HOLDS[one.operator]?.(value, one.limit))
    return format.at(met)
  }
  if (value < 0) return format[1] ?? format[0]
  return (value === 0 ? format[2] : undefined) ?? format[0]
}

const DAY_SECONDS = 86_400

/** Writes a time of 0 days or more as Excel does: the shown seconds are rounded; minutes and hours are cut off. */
export function formatTime({ parts }: Section, days: number): string {
  const digits = Math.max(0, ...parts.map((part) => (part.type === 'fraction' ? part.digits : 0)))
  const scale = 10 ** digits
  const seconds = Math.round(days * DAY_SECONDS * 1_000) / 1_000 // without the noise of binary fractions
  const ticks = parts.some(({ type }) => type === 's') ? Math.round(seconds * scale) : Math.floor(seconds) * scale
  const total = Math.floor(ticks / scale)
  const halves = parts.find((part) => part.type === 'halves')
  const isAfternoon = total % DAY_SECONDS >= DAY_SECONDS / 2
  const show = (part: Part): string => {
    const count = (size: number, many: number) => {
      const units = Math.floor(total / size)
      const { digits, isElapsed } = part as Extract<Part, { isElapsed: boolean }>
      const shown = isElapsed ? units : halves && many === 24 ? units % 12 || 12 : units % many
      return String(shown).padStart(Math.min(digits, isElapsed ? digits : 2), '0')
    }
    switch (part.type) {
      case 'h':
        return count(3_600, 24)
      case 'm':
        return count(60, 60)
      case 's':
        return count(1, 60)
      case 'fraction':
        return `.${String(ticks % scale).padStart(digits, '0')}`
      case 'halves':
        return part.names[isAfternoon ? 1 : 0] ?? ''
      default:
        return part.type === 'text' ? part.text : ''
    }
  }
  return parts.map(show).join('').trim()
}
