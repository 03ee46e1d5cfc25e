import { describe, expect, it } from 'vitest'
import { buildDigest } from '#alerts/digest/build-digest'
import type { DigestFacts } from '#alerts/digest/facts'
import { layOutHtml, layOutText } from '#alerts/digest/layouts'
import { renderDigestMail } from '#alerts/digest/mail'
import { writeDigest } from '#alerts/digest/write-digest'
import { writeFooter } from '#alerts/send/mail-footer'
import { CHANNEL_LANGUAGES, type DigestBackup } from '#db/tables'
import { readFields, writeFields } from '#web/frame/fields'
import { FIELDS } from '#web/leads/state'
import { QUIET, sampleDigestFacts, worstDigestFacts } from '../support/sample-digest.ts'

const NOW = new Date('2026-11-30T05:01:00Z')
const build = (changes: Partial<DigestFacts> = {}, itemsMax?: number) =>
  buildDigest(sampleDigestFacts(changes), { now: NOW, ...(itemsMax && { itemsMax }) })
const provenAt = (at: string): DigestBackup => ({ state: 'read', newest: { id: 'backup-1', at }, hoursMax: 26 })

describe('what a digest says', () => {
  it('lists the most urgent few of each section with the full count, and leaves empty sections out', () => {
    const { sections } = build({ expiring: { count: 0, top: [] } })
    expect(sections.map(({ name, count, top }) => [name, count, top.length])).toEqual([
      ['moves', 20, 10],
      ['migration', 1_234, 10],
      ['alerts', 18, 5],
      ['alerts', 1, 1],
      ['channels', 1, 1],
    ])
    expect(build({}, 3).sections.map(({ top }) => top.length)).toEqual([3, 3, 2, 3, 1, 1])
  })

  it('is nothing to send when nothing happened and a proven backup is new enough', () => {
    expect(build(QUIET)).toMatchObject({ sections: [], isWorthSending: false })
    expect(build({ ...QUIET, backup: null }).isWorthSending).toBe(false)
    expect(build({ ...QUIET, channels: sampleDigestFacts().channels }).isWorthSending).toBe(true)
  })

  it.each([
    ['no backup is proven', { state: 'read', newest: null, hoursMax: 26 } as const, 'missing'],
    ['the newest proven backup is too old', provenAt('2026-11-29T03:00:59Z'), 'too-old'],
    ['the backups cannot be read', { state: 'unreadable' } as const, 'unreadable'],
  ])('is sent on a quiet day as well when %s', (_case, backup, kind) => {
    const digest = build({ ...QUIET, backup })
    expect(digest).toMatchObject({ sections: [], isWorthSending: true, backup: { kind } })
    for (const language of CHANNEL_LANGUAGES) {
      const { warning, subject } = writeDigest(digest, { language, publicUrl: undefined })
      expect(warning).toMatch(/^(?:Warning|Dikkat): /)
      expect(subject).toMatch(/: (?:check the backups|yedekleri kontrol edin)$/)
    }
  })

  it('takes a backup that is exactly as old as allowed for new enough', () => {
    expect(build({ backup: provenAt('2026-11-29T03:01:00Z') }).backup).toEqual({
      kind: 'proven',
      id: 'backup-1',
      ageHours: 26,
    })
  })
})

const write = (language: 'tr' | 'en', changes: Partial<DigestFacts> = {}, publicUrl?: string) => {
  const text = writeDigest(build(changes), { language, publicUrl })
  const footer = writeFooter({ name: 'Satış', language }, 'https://hunter.test/unsubscribe/token')
  return { text, plain: layOutText(text, footer), html: layOutHtml(text, footer, language) }
}

/** What a reader of the HTML sees, as one line. */
function readHtml(html: string): string {
  const body = html.slice(html.indexOf('<body'))
  const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' } as Record<string, string>
  return body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(?:lt|gt|quot|amp);/g, (entity) => entities[entity]!)
    .replaceAll(/\s+/g, ' ')
}

describe.each(CHANNEL_LANGUAGES)('the mail in %s', (language) => {
  it('says the same as text and as HTML', () => {
    const { text, plain, html } = write(language)
    const seen = readHtml(html)
    const parts = [
      text.title,
      text.period,
      text.backup!,
      ...text.sections.flatMap(({ heading, summary, rows, more }) => [
        heading,
        ...(summary === null ? [] : [summary]),
        ...rows.flatMap(({ name, company, detail }) => [name, ...(company === null ? [] : [company]), detail]),
        ...(more === null ? [] : [more.text]),
      ]),
    ]
    for (const part of parts) {
      expect(plain).toContain(part)
      expect(seen).toContain(part)
    }
    for (const end of ['https://hunter.test/unsubscribe/token']) {
      expect(plain).toContain(end)
      expect(html).toContain(`href="${end}"`)
    }
  })

  it('leads to the page, which a person can sign in to, and links nowhere without an address', () => {
    const { text, plain, html } = write(language, {}, 'https://hunter.test')
    const moved = 'https://hunter.test/app/leads?moved=7'
    const migration = 'https://hunter.test/app/leads?segment=Migration'
    expect(text.sections.map(({ more }) => more?.url)).toEqual([
      moved,
      migration,
      undefined,
      null,
      undefined,
      undefined,
    ])
    for (const url of [moved, migration]) {
      const { search, searchParams } = new URL(url)
      expect(writeFields(FIELDS, readFields(FIELDS, searchParams)), 'what the page makes of it').toBe(search)
      expect(plain).toContain(url)
      expect(html).toContain(`href="${url}"`)
    }
    const leads = text.sections.map(({ rows }) => rows[0]?.url)
    expect(leads).toEqual([...leads.slice(0, 5).map(String), null])
    expect(leads[0]).toBe('https://hunter.test/app/leads/tasinan-0.com.tr')
    expect(html).toContain(`href="${leads[0]}"`)
    expect(html + plain).not.toContain('/api/v1/')
    const unlinked = write(language)
    expect(unlinked.html + unlinked.plain).not.toContain('/app/')
  })

  it('says on an empty day that there is nothing', () => {
    const { text, html } = write(language, QUIET)
    expect(text.sections).toEqual([])
    expect(readHtml(html)).toContain(text.quiet)
  })

  it('stays below the 100 kB where Gmail cuts, whatever strangers call their domains and companies', () => {
    for (const text of ['&"<'.repeat(500), '\u{1F980}'.repeat(500)]) {
      const at = { facts: worstDigestFacts(text), now: NOW }
      const mail = renderDigestMail(at, { channel: { name: 'Satış', language }, publicUrl: 'https://hunter.test' })
      expect(Buffer.byteLength(mail.html)).toBeLessThan(100_000)
      expect(Buffer.byteLength(mail.text)).toBeLessThan(100_000)
    }
  })
})

it('shows text from outside as it is: no markup, no line of its own, no character that turns the text around', () => {
  const hostile = '<img src=x onerror=alert(1)>"\r\nBcc: x@evil.test\u202e'
  const facts = sampleDigestFacts()
  const said = {
    moves: { ...facts.moves, top: [{ ...facts.moves.top[0]!, domain: hostile, company: hostile }] },
    channels: [{ name: hostile, state: 'disabled' as const, reason: hostile }],
    alerts: [{ type: 'mx_changed' as const, count: 1, top: [{ domain: hostile, old: hostile, new: hostile }] }],
  }
  const { html, plain, text } = write('en', said, 'https://hunter.test')
  expect(html).not.toContain('<img')
  expect(html).toContain('href="https://hunter.test/app/leads/%3Cimg%20src%3Dx%20')
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot; Bcc: x@evil.test')
  expect(plain).not.toContain('\nBcc:')
  expect(html + plain).not.toContain('\u202e')
  expect(text.subject).not.toContain('img')
})

it('tells dates and ages in the language and time zone of the channel', () => {
  const zone = { timezone: 'America/New_York', backup: provenAt('2026-11-30T00:00:00Z') }
  const [english, turkish] = [write('en', zone).text, write('tr', zone).text]
  expect(english.period).toBe('29 November 2026 at 00:00 – 30 November 2026 at 00:00 (America/New_York)')
  expect(turkish.period).toBe('29 Kasım 2026 00:00 – 30 Kasım 2026 00:00 (America/New_York)')
  expect(english.backup).toContain('5 hours old')
  expect(turkish.backup).toContain('5 saat önce')
  expect(turkish.sections[2]?.rows[0]?.detail).toBe('3 Aralık 2026 tarihinde doluyor')
  expect(write('tr').text.sections[2]?.rows[0]?.detail).toBe('4 Aralık 2026 tarihinde doluyor')
  const old = write('en', { backup: provenAt('2026-11-27T00:00:00Z') }).text
  expect(old.warning).toContain('3 days old')
  expect(english.subject).toBe(
    'Hunter, 30 November: 20 moved, 1,234 new Migration leads, 2 expiring, 19 alerts, 1 failed channel',
  )
  expect(turkish.subject).toBe(
    'Hunter, 30 Kasım: 20 taşınma, 1.234 yeni Migration adayı, 2 alan adının süresi doluyor, 19 uyarı, 1 kanal çalışmıyor',
  )
})
