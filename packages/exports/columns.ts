/** The columns of a lead list in a file: their headings and what each shows. */
import { type ExportColumn, FIELDS } from '#exports/formats'
import type { LeadRow } from '#leads/list/list-leads'
import { nameKey } from '#leads/listed/listed-company'
import type { SalesLanguage } from '#leads/sales/summary'
import type { IpFacts } from '#signals/signals'

/** Text stays text: no format may turn it into a formula. */
export type Cell = string | number | boolean | Date | null

/** A table in pages, so that no format has to hold all of it. */
export interface Table {
  headings: string[]
  pages: AsyncIterable<Cell[][]>
}

/** Its addresses are read only for the columns that show them. */
type ExportedLead = LeadRow & { addresses?: IpFacts[] | undefined }

interface Column {
  headings: Record<SalesLanguage, string>
  read: (lead: ExportedLead) => Cell
}

const COLUMNS = {
  domain: { headings: { tr: 'Alan adı', en: 'Domain' }, read: (lead) => lead.domain },
  company: { headings: { tr: 'Firma', en: 'Company' }, read: (lead) => lead.company },
  segment: { headings: { tr: 'Segment', en: 'Segment' }, read: (lead) => lead.segment },
  segment_reason: { headings: { tr: 'Segment nedeni', en: 'Segment reason' }, read: (lead) => lead.segmentReason },
  priority: { headings: { tr: 'Öncelik', en: 'Priority' }, read: (lead) => lead.priority },
  provisional: { headings: { tr: 'Geçici', en: 'Provisional' }, read: (lead) => lead.provisional },
  score: { headings: { tr: 'Puan', en: 'Score' }, read: (lead) => lead.score },
  score_min: { headings: { tr: 'En düşük puan', en: 'Lowest score' }, read: (lead) => lead.scoreMin },
  score_max: { headings: { tr: 'En yüksek puan', en: 'Highest score' }, read: (lead) => lead.scoreMax },
  mailbox: { headings: { tr: 'E-posta sağlayıcısı', en: 'Mailbox provider' }, read: (lead) => lead.mailbox },
  gateway: { headings: { tr: 'E-posta geçidi', en: 'Mail gateway' }, read: (lead) => lead.gateway },
  email_domain: { headings: { tr: 'E-posta alan adı', en: 'E-mail domain' }, read: (lead) => lead.emailDomain },
  referral: { headings: { tr: 'Yönlendirme', en: 'Referral' }, read: (lead) => lead.referral },
  rules_version: { headings: { tr: 'Kural sürümü', en: 'Rules version' }, read: (lead) => lead.rulesVersion },
  scanned_at: {
    headings: { tr: 'Tarama zamanı (UTC)', en: 'Scanned at (UTC)' },
    read: (lead) => lead.scannedAt,
  },
  mail_networks: {
    headings: { tr: 'E-posta ağları', en: 'Mail networks' },
    read: (lead) => listFacts(lead, 'mx-ip', nameNetwork),
  },
  mail_countries: {
    headings: { tr: 'E-posta ülkeleri', en: 'Mail countries' },
    read: (lead) => listFacts(lead, 'mx-ip', ({ country }) => country),
  },
  web_networks: {
    headings: { tr: 'Web ağları', en: 'Web networks' },
    read: (lead) => listFacts(lead, 'root-ip', nameNetwork),
  },
  web_countries: {
    headings: { tr: 'Web ülkeleri', en: 'Web countries' },
    read: (lead) => listFacts(lead, 'root-ip', ({ country }) => country),
  },
} satisfies Record<Exclude<ExportColumn, typeof FIELDS>, Column>

/** Names each once, in the order of the addresses: `TR, DE`. */
function listFacts({ addresses }: ExportedLead, source: IpFacts['source'], read: (facts: IpFacts) => string | null) {
  const own = addresses?.filter((each) => each.source === source) ?? []
  return [...new Set(own.flatMap((each) => read(each) ?? []))].join(', ') || null
}

/** An address that no network announces has none. */
function nameNetwork({ asn, asName }: IpFacts): string | null {
  return asn === null ? null : `AS${asn} ${asName ?? ''}`.trim()
}

interface ChosenColumns {
  columns: readonly ExportColumn[]
  /** Names of the lists' other columns. */
  fieldNames: readonly string[]
}

export function getHeadings({ columns, fieldNames }: ChosenColumns, language: SalesLanguage): string[] {
  return columns.flatMap((name) => (name === FIELDS ? fieldNames : [COLUMNS[name].headings[language]]))
}

export function readCells({ columns, fieldNames }: ChosenColumns, lead: ExportedLead): Cell[] {
  return columns.flatMap((name) => (name === FIELDS ? readFields(fieldNames, lead) : [COLUMNS[name].read(lead)]))
}

function readFields(names: readonly string[], { fields }: LeadRow): Cell[] {
  const values = new Map(fields.toReversed().map(({ name, value }) => [nameKey(name), value]))
  return names.map((name) => values.get(nameKey(name)) ?? null)
}
