/** What people read in a channel. Values are strangers' records: each sender escapes them for its own format. */
import type { AlertFacts, ChannelLanguage, Message } from '#alerts/message'
import type { AlertType } from '#leads/changes/change-types'

interface Texts {
  test: string
  many: (count: number) => string
  titles: Record<AlertType, string>
  none: string
  priority: string
  score: string
}

const TEXTS: Record<ChannelLanguage, Texts> = {
  en: {
    test: 'Hunter test message: this channel works.',
    many: (count) => `${count} alerts`,
    titles: {
      mx_changed: 'MX records changed',
      dmarc_added: 'DMARC record added',
      dmarc_removed: 'DMARC record removed',
      dmarc_weakened: 'DMARC policy weakened',
      domain_expiring: 'domain expires soon',
      segment_changed: 'segment changed',
    },
    none: 'none',
    priority: 'priority',
    score: 'score',
  },
  tr: {
    test: 'Hunter deneme mesajı: bu kanal çalışıyor.',
    many: (count) => `${count} uyarı`,
    titles: {
      mx_changed: 'MX kayıtları değişti',
      dmarc_added: 'DMARC kaydı eklendi',
      dmarc_removed: 'DMARC kaydı kaldırıldı',
      dmarc_weakened: 'DMARC politikası zayıfladı',
      domain_expiring: 'alan adının süresi doluyor',
      segment_changed: 'segment değişti',
    },
    none: 'yok',
    priority: 'öncelik',
    score: 'puan',
  },
}

export function nameAlert(type: AlertType, language: ChannelLanguage): string {
  return TEXTS[language].titles[type]
}

export interface AlertText {
  domain: string
  title: string
  old: string
  new: string
  /** Segment, priority and score; empty for an alert from before channels existed. */
  lead: string
}

export interface MessageText {
  /** One line. */
  headline: string
  alerts: AlertText[]
}

export function writeMessage({ alerts }: Pick<Message, 'alerts'>, language: ChannelLanguage): MessageText {
  const texts = TEXTS[language]
  const [first, ...others] = alerts.map((alert) => writeAlert(alert, texts))
  if (!first) return { headline: texts.test, alerts: [] }
  const all = [first, ...others]
  return { headline: others.length === 0 ? `${first.domain}: ${first.title}` : texts.many(all.length), alerts: all }
}

/** Twenty alerts must fit into a message of Teams, which ends at 28 kB. */
const VALUE_LENGTH_MAX = 100

function writeAlert({ type, domain, old, new: now, ...lead }: AlertFacts, texts: Texts): AlertText {
  const write = (value: AlertFacts['old']) => (value === null ? texts.none : cutText(String(value), VALUE_LENGTH_MAX))
  const { segment, priority, score } = lead
  const parts = segment === null ? [] : [segment, `${texts.priority} ${priority}`, `${texts.score} ${score}`]
  return { domain, title: texts.titles[type], old: write(old), new: write(now), lead: parts.join(', ') }
}

/** Returns one line without control characters, at most `max` characters long. */
export function cutText(text: string, max: number): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, ' ')
  return line.length <= max ? line : `${line.slice(0, max - 1).toWellFormed()}…`
}
