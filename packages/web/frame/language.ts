/** The reader's language, and how numbers and times are written in it. */
import { createStore, useStore } from '#web/frame/store'

const LANGUAGES = ['en', 'tr'] as const
export type Language = (typeof LANGUAGES)[number]

const STORED = 'hunter-language'
const LOCALES = { en: 'en-GB', tr: 'tr-TR' } as const

export const language = createStore<Language>(chooseFirst())

function chooseFirst(): Language {
  const wanted = [readSetting(STORED), ...navigator.languages.map((tag) => tag.slice(0, 2))]
  return LANGUAGES.find((one) => one === wanted.find((tag) => LANGUAGES.some((known) => known === tag))) ?? 'en'
}

/** Waits for the texts of the first view, so that each part of the page changes at once. */
export async function setLanguage(next: Language): Promise<void> {
  await loadFirst(next)
  writeSetting(STORED, next)
  document.documentElement.lang = next
  language.set(next)
}

let loadFirst: (next: Language) => Promise<unknown> = async () => undefined

/** The texts of the first view come in one language; the texts of any other part come with it, in both. */
export async function loadTexts<Texts>(load: { en: () => Promise<{ en: Texts }>; tr: () => Promise<{ tr: Texts }> }) {
  const texts = {} as { en: Texts; tr: Texts }
  loadFirst = async (next) => Object.assign(texts, await load[next]())
  await loadFirst(language.get())
  return texts
}

/** A browser may refuse its storage; then a setting lasts as long as the page. */
export function readSetting(name: string): string | null {
  try {
    return window.localStorage.getItem(name)
  } catch {
    return null
  }
}

export function writeSetting(name: string, value: string): void {
  try {
    window.localStorage.setItem(name, value)
  } catch {
    // the page works without it
  }
}

/** Each part of the page has its texts in both languages; the type of `tr` is that of `en`, so no text is missing. */
export function useTexts<Texts>(texts: { en: Texts; tr: Texts }): Texts {
  return texts[useStore(language)]
}

export interface Format {
  number: (value: number) => string
  /** 41.5% */
  percent: (part: number) => string
  /** 1.4 MB */
  bytes: (value: number) => string
  /** 30 Nov 2026 */
  date: (time: string | number | Date) => string
  /** Mon, 30 Nov */
  day: (time: string | number | Date) => string
  /** 30 Nov */
  dayOfMonth: (time: string | number | Date) => string
  /** 30 Nov 2026, 14:05 */
  time: (time: string | number | Date) => string
  /** The whole time with its zone, for a title. */
  fullTime: (time: string | number | Date) => string
  /** "2h ago", "in 3 days" */
  ago: (time: string | number | Date, now?: number) => string
  /** "2 hours ago", for a sentence. */
  agoInWords: (time: string | number | Date, now?: number) => string
  /** 1 min 20 s */
  duration: (ms: number) => string
  compare: (one: string, other: string) => number
}

const formats = new Map<Language, Format>()

export function useFormat(): Format {
  const now = useStore(language)
  const known = formats.get(now) ?? createFormat(LOCALES[now])
  formats.set(now, known)
  return known
}

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const
const BYTES = ['B', 'kB', 'MB', 'GB', 'TB'] as const

function createFormat(locale: string): Format {
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' })
  const day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' })
  const dayOfMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const percent = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  const short = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'narrow' })
  const long = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const number = new Intl.NumberFormat(locale)
  const unit = (value: number, unit: string, maximumFractionDigits = 0) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(value)
  return {
    number: (value) => number.format(value),
    percent: (part) => percent.format(part),
    day: (value) => day.format(new Date(value)),
    dayOfMonth: (value) => dayOfMonth.format(new Date(value)),
    bytes: (value) => {
      const power = Math.min(BYTES.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3))
      return `${(value / 1_000 ** power).toLocaleString(locale, { maximumFractionDigits: power === 0 ? 0 : 1 })} ${BYTES[power]}`
    },
    date: (value) => date.format(new Date(value)),
    time: (value) => time.format(new Date(value)),
    fullTime: (value) => full.format(new Date(value)),
    ago: (value, now) => writeAgo(short, value, now),
    agoInWords: (value, now) => writeAgo(long, value, now),
    duration: (ms) => {
      if (ms < 1_000) return unit(ms, 'millisecond')
      if (ms < 60_000) return unit(ms / 1_000, 'second', 1)
      return `${unit(Math.floor(ms / 60_000), 'minute')} ${unit(Math.round((ms % 60_000) / 1_000), 'second')}`
    },
    compare: new Intl.Collator(locale, { numeric: true }).compare,
  }
}

function writeAgo(relative: Intl.RelativeTimeFormat, time: string | number | Date, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1_000
  const [name, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return relative.format(Math.trunc(seconds / length), name)
}
