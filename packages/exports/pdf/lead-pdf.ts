/**
 * Writes a lead as one or two A4 pages that a salesperson can send on. The same lead gives the same bytes. The first
 * call loads the fonts and PDFKit, which no other route needs.
 */
import { readFile } from 'node:fs/promises'
import type { Font, FontCollection } from 'fontkit'
import { LETTERS } from '#exports/pdf/letters'
import { drawBreakdown } from '#exports/pdf/parts/breakdown'
import { drawFixes } from '#exports/pdf/parts/fixes'
import { drawFooters } from '#exports/pdf/parts/footer'
import { drawHeader } from '#exports/pdf/parts/header'
import { drawListed } from '#exports/pdf/parts/listed'
import { drawNetworks } from '#exports/pdf/parts/networks'
import { drawRecords } from '#exports/pdf/parts/records'
import { drawSales } from '#exports/pdf/parts/sales'
import { drawVerdict } from '#exports/pdf/parts/verdict'
import { buildReport } from '#exports/pdf/report'
import { createSheet, type Fonts } from '#exports/pdf/sheet'
import { type ListedCompany, NOT_LISTED } from '#leads/listed/listed-company'
import type { SalesLanguage } from '#leads/sales/summary'
import type { Lead } from '#leads/store'
import { createLazy } from '#platform/async/lazy'

/** Parsing a font takes longer than a page, so a process does it once. */
const loadFonts = createLazy(async (): Promise<Fonts> => {
  const [{ create }, regular, semibold] = await Promise.all([
    import('fontkit'),
    readFile(new URL('./inter-regular.ttf', import.meta.url)),
    readFile(new URL('./inter-semibold.ttf', import.meta.url)),
  ])
  return { regular: readLetters(create(regular)), semibold: readLetters(create(semibold)) }
})

/**
 * fontkit remembers a glyph with the letter for which it was first read. The O inside Ö is read for no letter, and the
 * next page could then not tell a reader what its O is.
 */
function readLetters(font: Font | FontCollection): Font | FontCollection {
  if ('glyphForCodePoint' in font) {
    for (const letter of LETTERS) font.glyphForCodePoint(letter.codePointAt(0) ?? 0)
  }
  return font
}

/** `listed`: what imported lists say about the company. */
export async function writeLeadPdf(
  lead: Lead,
  language: SalesLanguage,
  listed: ListedCompany = NOT_LISTED,
): Promise<Buffer<ArrayBuffer>> {
  const [{ default: PDFDocument }, fonts] = await Promise.all([import('pdfkit'), loadFonts()])
  const report = buildReport(lead, listed, language)
  const { texts, domain } = report
  const doc = new PDFDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    // the types do not know that a parsed font may stand here; a bundle has none of the standard fonts
    font: fonts.regular as unknown as string,
    tagged: true,
    lang: language,
    displayTitle: true,
    pdfVersion: '1.7',
    info: {
      Title: texts.title(domain),
      Author: 'Hunter',
      Creator: 'Hunter',
      Producer: 'Hunter',
      CreationDate: new Date(lead.signals.at),
      ModDate: new Date(lead.signals.at),
    },
  })
  const done = collect(doc)
  const sheet = createSheet(doc, fonts)
  drawHeader(sheet, report)
  drawVerdict(sheet, report)
  drawBreakdown(sheet, report)
  drawFixes(sheet, report)
  drawSales(sheet, report)
  drawListed(sheet, report)
  drawNetworks(sheet, report)
  drawRecords(sheet, report)
  sheet.root.end()
  drawFooters(sheet, report)
  doc.end()
  return done
}

async function collect(doc: AsyncIterable<Buffer>): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of doc) chunks.push(chunk)
  return Buffer.concat(chunks)
}
