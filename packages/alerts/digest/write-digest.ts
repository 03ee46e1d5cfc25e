/**
 * Writes a digest as text in a channel's language and time zone. HTML, plain text and the forms for Slack and Teams are
 * layouts of the result, so that all of them say the same. Pure.
 */
import type { BackupState, Digest, DigestSection } from '#alerts/digest/build-digest'
import type { DigestMove } from '#alerts/digest/facts'
import { DIGEST_TEXTS } from '#alerts/digest/texts'
import type { ChannelLanguage } from '#alerts/message'
import { linkLead, linkLeads } from '#alerts/page-links'
import { cutText, nameAlert } from '#alerts/send/texts'
import { FINGERPRINTS } from '#signals/provider/fingerprints'

export interface DigestRow {
  /** A domain, or the name of a channel. */
  name: string
  /** What a list calls the company; null: no list names it. */
  company: string | null
  detail: string
  /** Where the page shows the company; null: nowhere. */
  url: string | null
}

export interface SectionText {
  heading: string
  /** Says what the rows are together; null: nothing to add. */
  summary: string | null
  rows: DigestRow[]
  /** How many more there are, and where the page shows them; null: the rows are all. */
  more: { text: string; url: string | null } | null
}

export interface DigestText {
  subject: string
  title: string
  period: string
  /** About the backups; null: they are fine. */
  warning: string | null
  sections: SectionText[]
  /** The last line; null: the warning says it, or there are no backups. */
  backup: string | null
  /** Replaces the sections when there are none. */
  quiet: string | null
}

interface WriteOptions {
  language: ChannelLanguage
  /** Address of the page, which the links lead to; undefined: no links. */
  publicUrl: string | undefined
}

type Writer = ReturnType<typeof createWriter>

export function writeDigest(digest: Digest, options: WriteOptions): DigestText {
  const writer = createWriter(digest, options)
  const { texts } = writer
  const { sections, backup } = digest
  const line = backup && writeBackup(backup, writer)
  const isFine = backup === null || backup.kind === 'proven'
  return {
    subject: writeSubject(digest, writer),
    title: texts.title,
    period: writer.writePeriod(),
    warning: isFine ? null : line,
    sections: sections.map((section) => writeSection(section, writer)),
    backup: isFine ? line : null,
    quiet: sections.length === 0 && isFine ? texts.quiet : null,
  }
}

/** Formats times, numbers, texts from outside and links. */
function createWriter({ from, to, timezone }: Digest, { language, publicUrl }: WriteOptions) {
  const texts = DIGEST_TEXTS[language]
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(texts.locale, { timeZone: timezone, ...options })
  const moment = format({ dateStyle: 'long', timeStyle: 'short' })
  const [day, date] = [format({ day: 'numeric', month: 'long' }), format({ dateStyle: 'long' })]
  const hours = new Intl.NumberFormat(texts.locale, { style: 'unit', unit: 'hour', unitDisplay: 'long' })
  const days = new Intl.NumberFormat(texts.locale, { style: 'unit', unit: 'day', unitDisplay: 'long' })
  return {
    texts,
    language,
    writeDay: () => day.format(to),
    writePeriod: () => `${moment.format(from)} – ${moment.format(to)} (${timezone})`,
    /** A text that is no date stays what it is. */
    writeDate: (iso: string) => (Number.isNaN(Date.parse(iso)) ? cutText(iso, 40) : date.format(new Date(iso))),
    writeAge: (ageHours: number) =>
      ageHours < 48 ? hours.format(Math.floor(ageHours)) : days.format(Math.floor(ageHours / 24)),
    writeCount: (count: number) => new Intl.NumberFormat(texts.locale).format(count),
    linkLeads: (query: string) => linkLeads(publicUrl, query),
    linkLead: (domain: string) => linkLead(publicUrl, domain),
  }
}

/** Names no company: subjects are shown on locked screens. */
function writeSubject({ sections, backup }: Digest, { texts, writeDay, writeCount }: Writer): string {
  const names = ['moves', 'migration', 'expiring', 'alerts', 'channels'] as const
  const counts = names.flatMap((name) => {
    const total = sections.filter((each) => each.name === name).reduce((sum, { count }) => sum + count, 0)
    return total === 0 ? [] : [texts.counts[name](writeCount(total), total === 1)]
  })
  const isFine = backup === null || backup.kind === 'proven'
  const parts = [...(isFine ? [] : [texts.backupOnly]), ...counts]
  return `Hunter, ${writeDay()}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`
}

function writeSection(section: DigestSection, writer: Writer): SectionText {
  const { texts, writeCount } = writer
  const left = section.count - section.top.length
  const { heading, summary, rows, url } = describeSection(section, writer)
  return {
    heading: `${heading} (${writeCount(section.count)})`,
    summary,
    rows,
    more: left <= 0 ? null : { text: texts.more(writeCount(left)), url },
  }
}

type Described = Pick<SectionText, 'heading' | 'summary' | 'rows'> & { url: string | null }

function describeSection(section: DigestSection, writer: Writer): Described {
  if (section.name === 'moves') return describeMoves(section, writer)
  if (section.name === 'migration') return describeMigration(section, writer)
  if (section.name === 'expiring') return describeExpiring(section, writer)
  return section.name === 'alerts' ? describeAlerts(section, writer) : describeChannels(section, writer)
}

type Section<Name extends DigestSection['name']> = Extract<DigestSection, { name: Name }>

function describeMoves({ kinds, top }: Section<'moves'>, writer: Writer): Described {
  const { texts, writeCount } = writer
  return {
    heading: texts.headings.moves,
    summary: kinds.map(({ kind, count }) => `${texts.moves[kind]}: ${writeCount(count)}`).join(', '),
    rows: top.map((move) => writeLead(move, writeMove(move, texts.moves[move.kind]), writer)),
    // the page counts days back from now, and a digest may be read a few days later
    url: writer.linkLeads('moved=7'),
  }
}

function describeMigration({ top }: Section<'migration'>, writer: Writer): Described {
  const { texts, linkLeads } = writer
  const rows = top.map((lead) => {
    const mailbox = texts.mailboxes[lead.mailbox] ?? nameProvider(lead.mailbox)
    return writeLead(lead, texts.lead({ ...lead, mailbox }), writer)
  })
  return { heading: texts.headings.migration, summary: null, rows, url: linkLeads('segment=Migration') }
}

function describeExpiring({ top }: Section<'expiring'>, writer: Writer): Described {
  const { texts, writeDate } = writer
  const rows = top.map((each) => writeLead(each, texts.expires(writeDate(each.expiresAt)), writer))
  return { heading: texts.headings.expiring, summary: null, rows, url: null }
}

function describeAlerts({ type, top }: Section<'alerts'>, writer: Writer): Described {
  const { texts, language } = writer
  const write = (value: string | number | null) => (value === null ? texts.none : cutValue(String(value)))
  const rows = top.map((each) => writeLead(each, `${write(each.old)} → ${write(each.new)}`, writer))
  return { heading: texts.alerts(nameAlert(type, language)), summary: null, rows, url: null }
}

function describeChannels({ top }: Section<'channels'>, { texts }: Writer): Described {
  const rows = top.map(({ name, state, reason }) => {
    const why = reason === null ? '' : `: ${cutValue(reason)}`
    return { name: cutText(name, NAME_LENGTH_MAX), company: null, detail: texts.states[state] + why, url: null }
  })
  return { heading: texts.headings.channels, summary: null, rows, url: null }
}

function writeLead(
  { domain, company = null }: { domain: string; company?: string | null },
  detail: string,
  { linkLead }: Writer,
): DigestRow {
  return {
    name: cutText(domain, NAME_LENGTH_MAX),
    company: company === null ? null : cutText(company, COMPANY_LENGTH_MAX),
    detail,
    url: linkLead(domain),
  }
}

function cutValue(value: string): string {
  return cutText(value, VALUE_LENGTH_MAX)
}

/** Room for one line in a mail; the page has the whole value. */
const VALUE_LENGTH_MAX = 80
const COMPANY_LENGTH_MAX = 60
const NAME_LENGTH_MAX = 90

function writeMove({ kind, from, to }: DigestMove, word: string): string {
  if (kind === 'gateway-added') return `${word}: ${namePlace(to)}`
  if (kind === 'gateway-removed') return `${word}: ${namePlace(from)}`
  return `${word}: ${namePlace(from)} → ${namePlace(to)}`
}

function namePlace(place: DigestMove['to']): string {
  return place === null ? '–' : cutText(place.name, NAME_LENGTH_MAX)
}

const PROVIDER_NAMES = new Map(FINGERPRINTS.map(({ id, name }) => [id, name]))

/** An override may name a provider that Hunter does not know. */
function nameProvider(id: string): string {
  return PROVIDER_NAMES.get(id) ?? cutText(id, NAME_LENGTH_MAX)
}

function writeBackup(backup: BackupState, { texts, writeAge }: Writer): string {
  return 'id' in backup ? texts.backup[backup.kind](backup.id, writeAge(backup.ageHours)) : texts.backup[backup.kind]
}
