import type { Report } from '#exports/pdf/report'
import { BEGINNING, drawHeading } from '#exports/pdf/parts/heading'
import { addTable, drawRow, measureRow, PAGES_MAX } from '#exports/pdf/parts/rows'
import type { Sheet } from '#exports/pdf/sheet'
import type { IpFacts } from '#signals/signals'

/** Draws the networks of a lead that was scanned with IP enrichment, where they leave room for the records. */
export function drawNetworks(sheet: Sheet, { lead, texts }: Report): void {
  const { networks } = lead.signals
  if (networks.state !== 'present') return
  const rows = networks.value.addresses.map((facts) => ({
    name: facts.ip,
    type: texts.networks.sources[facts.source],
    value: nameNetwork(facts, texts.networks.notAnnounced),
  }))
  const height = rows.reduce((sum, row) => sum + measureRow(sheet, row), 2 * BEGINNING)
  if (!sheet.hasRoom(height) && sheet.pages() >= PAGES_MAX) return
  sheet.keepTogether(height - BEGINNING)
  drawHeading(sheet, texts.networks.heading)
  const table = addTable(sheet)
  for (const [at, row] of rows.entries()) drawRow(sheet, table, { row, isShaded: at % 2 === 0 })
  sheet.y += 22
}

function nameNetwork({ asn, asName, country }: IpFacts, notAnnounced: string): string {
  const network = asn === null ? notAnnounced : `AS${asn} ${asName ?? ''}`.trim()
  return country === null ? network : `${network} (${country})`
}
