/** The columns of a lead list in a file: their headings and what each shows. */
import type { LeadRow } from '#leads/list/list-leads'
import type { SalesLanguage } from '#leads/sales/summary'

/** Text stays text: no format may turn it into a formula. */
export type Cell = string | number | boolean | Date | null

/** A table in pages, so that no format has to hold all of it. */
export interface Table {
  headings: string[]
  pages: AsyncIterable<Cell[][]>
}

interface Column {
  headings: Record<SalesLanguage, string>
  read: (lead: LeadRow) => Cell
}

/** Keys have the names of the API's fields; the order is that of a file without a choice of columns. */
const COLUMNS = {
  domain: { headings: { tr: 'Alan adı', en: 'Domain' }, read: (lead) => lead.domain },
  segment: { headings: { tr: 'Segment', en: 'Segment' }, read: (lead) => lead.segment },
  segment_reason: { headings: { tr: 'Segment nedeni', en: 'Segment reason' }, read: (lead) => lead.segmentReason },
  priority: { headings: { tr: 'Öncelik', en: 'Priority' }, read: (lead) => lead.priority },
  provisional: { headings: { tr: 'Geçici', en: 'Provisional' }, read: (lead) => lead.provisional },
  score: { headings: { tr: 'Puan', en: 'Score' }, read: (lead) => lead.score },
  score_min: { headings: { tr: 'En düşük puan', en: 'Lowest score' }, read: (lead) => lead.scoreMin },
  score_max: { headings: { tr: 'En yüksek puan', en: 'Highest score' }, read: (lead) => lead.scoreMax },
  mailbox: { headings: { tr: 'E-posta sağlayıcısı', en: 'Mailbox provider' }, read: (lead) => lead.mailbox },
  gateway: { headings: { tr: 'E-posta geçidi', en: 'Mail gateway' }, read: (lead) => lead.gateway },
  rules_version: { headings: { tr: 'Kural sürümü', en: 'Rules version' }, read: (lead) => lead.rulesVersion },
  scanned_at: {
    headings: { tr: 'Tarama zamanı (UTC)', en: 'Scanned at (UTC)' },
    read: (lead) => lead.scannedAt,
  },
} satisfies Record<string, Column>

export type ExportColumn = keyof typeof COLUMNS
export const EXPORT_COLUMNS = Object.keys(COLUMNS) as ExportColumn[]

export function getHeadings(columns: readonly ExportColumn[], language: SalesLanguage): string[] {
  return columns.map((name) => COLUMNS[name].headings[language])
}

export function readCells(columns: readonly ExportColumn[], lead: LeadRow): Cell[] {
  return columns.map((name) => COLUMNS[name].read(lead))
}
