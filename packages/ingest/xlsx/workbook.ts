/** Finds the sheet to read and the texts that its cells refer to. */
import { posix } from 'node:path'
import { AppError } from '#platform/errors'
import { CELL_LENGTH_MAX } from '#ingest/row'
import type { Archive } from '#ingest/xlsx/archive'
import { type CellFormats, decodeEscapes, readCellFormats } from '#ingest/xlsx/cell-values'
import { createPackedTexts, type PackedTexts } from '#ingest/xlsx/packed-texts'
import { parseXml, type XmlHandlers } from '#ingest/xlsx/xml'

export interface Workbook {
  sheet: string
  /** Number of sheets; only the first visible one is read. */
  sheets: number
  sheetPart: string
  texts: PackedTexts
  formats: CellFormats
  /** True: dates count from 1904. */
  is1904: boolean
}

const OTHERS: [part: string, what: string][] = [
  ['xl/workbook.bin', 'a binary workbook (.xlsb); open it in Excel and save it as .xlsx'],
  ['content.xml', 'an OpenDocument file; open it and save it as .xlsx'],
  ['word/document.xml', 'a Word document, not a CSV file or a workbook'],
  ['ppt/presentation.xml', 'a presentation, not a CSV file or a workbook'],
]

/** @throws AppError FILE_FORMAT_UNSUPPORTED for another kind of archive, FILE_DAMAGED, FILE_TOO_LARGE */
export async function readWorkbook(archive: Archive): Promise<Workbook> {
  const other = OTHERS.find(([part]) => archive.has(part))
  if (other) throw new AppError('FILE_FORMAT_UNSUPPORTED', `the file is ${other[1]}`)
  if (!archive.has('_rels/.rels')) {
    throw new AppError('FILE_FORMAT_UNSUPPORTED', 'the file is a ZIP archive, not a workbook; unpack it first')
  }
  const [main] = (await readRelations(archive, '')).filter(({ type }) => type === 'officeDocument')
  if (!main) throw new AppError('FILE_FORMAT_UNSUPPORTED', 'the file is no workbook')
  const relations = await readRelations(archive, main.part)
  const { sheets, is1904 } = await readSheets(archive, main.part)
  const readable = sheets.flatMap(({ id, ...sheet }) => {
    const found = relations.find((each) => each.id === id && each.type === 'worksheet')
    return found ? [{ ...sheet, part: found.part }] : []
  })
  const first = readable.find(({ isHidden }) => !isHidden) ?? readable[0]
  if (!first) throw new AppError('FILE_DAMAGED', 'the workbook has no sheet with cells')
  const texts = relations.find(({ type }) => type === 'sharedStrings')
  const styles = relations.find(({ type, part }) => type === 'styles' && archive.has(part))
  return {
    sheet: first.name,
    sheets: sheets.length,
    sheetPart: first.part,
    texts: texts ? await readTexts(archive, texts.part) : createPackedTexts(),
    formats: styles ? await readCellFormats(archive, styles.part) : new Map(),
    is1904,
  }
}

interface Relation {
  id: string
  /** Last word of the type's address, which is the same in both editions of the standard. */
  type: string
  part: string
}

async function readRelations(archive: Archive, part: string): Promise<Relation[]> {
  const folder = posix.dirname(part)
  const found: Relation[] = []
  const open = (name: string, { Id = '', Type = '', Target = '' }: Record<string, string>) => {
    if (name !== 'Relationship') return
    const target = Target.startsWith('/') ? Target.slice(1) : posix.join(folder, Target)
    found.push({ id: Id, type: Type.slice(Type.lastIndexOf('/') + 1), part: target })
  }
  await parsePart(archive, posix.join(folder, '_rels', `${posix.basename(part)}.rels`), { open })
  return found
}

interface Sheet {
  name: string
  id: string
  isHidden: boolean
}

async function readSheets(archive: Archive, part: string): Promise<{ sheets: Sheet[]; is1904: boolean }> {
  const found: Sheet[] = []
  let is1904 = false
  const open = (name: string, attributes: Record<string, string>) => {
    if (name === 'workbookPr') is1904 = ['1', 'true'].includes(attributes['date1904'] ?? '')
    if (name !== 'sheet') return
    const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? ''
    const isHidden = (attributes['state'] ?? 'visible') !== 'visible'
    found.push({ name: attributes['name'] ?? '', id, isHidden })
  }
  await parsePart(archive, part, { open })
  return { sheets: found, is1904 }
}

/** Reads the texts without their phonetic hints (`rPh`), which are not part of what a cell shows. */
async function readTexts(archive: Archive, part: string): Promise<PackedTexts> {
  const texts = createPackedTexts()
  let current = ''
  let isText = false
  let isHint = false
  await parsePart(archive, part, {
    open: (name) => {
      if (name === 'si') current = ''
      if (name === 'rPh') isHint = true
      isText = name === 't' && !isHint
    },
    text: (text) => {
      if (isText && current.length <= CELL_LENGTH_MAX) current += text
    },
    close: (name) => {
      isText = false
      if (name === 'rPh') isHint = false
      if (name === 'si') texts.add(decodeEscapes(current))
    },
  })
  return texts
}

async function parsePart(archive: Archive, part: string, handlers: XmlHandlers): Promise<void> {
  for await (const _ of parseXml(archive.read(part), handlers)) continue
}
