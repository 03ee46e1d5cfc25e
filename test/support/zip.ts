/** Writes ZIP archives, and broken ones, for tests of what reads them. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipPart {
  name: string
  data: string | Buffer
  /** What the archive claims instead of the truth. */
  claims?: { size?: number; crc32?: number; flags?: number }
}

export function zip(parts: ZipPart[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, data, claims = {} } of parts) {
    const raw = Buffer.from(data)
    const packed = deflateRawSync(raw)
    const title = Buffer.from(name)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(claims.flags ?? 0x800, 2)
    facts.writeUInt16LE(8, 4)
    facts.writeUInt32LE(claims.crc32 ?? crc32(raw), 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(claims.size ?? raw.length, 18)
    facts.writeUInt16LE(title.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, title, packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), facts, tail, title]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

const escapeXml = (text: string) => text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`)

const letterOf = (at: number): string =>
  (at >= 26 ? letterOf(Math.floor(at / 26) - 1) : '') + String.fromCharCode(65 + (at % 26))

/** The cells of a sheet as XML; empty rows are left out, as Excel leaves them out. */
export function sheetXml(rows: string[][], cell: (text: string, place: string) => string): string {
  const body = rows.flatMap((cells, at) => {
    if (cells.length === 0) return []
    const inner = cells.map((text, column) => (text === '' ? '' : cell(text, `${letterOf(column)}${at + 1}`)))
    return [`<row r="${at + 1}">${inner.join('')}</row>`]
  })
  return `<?xml version="1.0"?><worksheet><sheetData>${body.join('')}</sheetData></worksheet>`
}

const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const relations = (all: [id: string, type: string, target: string][]) =>
  `<Relationships>${all.map(([id, type, target]) => `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`).join('')}</Relationships>`

/** The parts of a workbook in Excel's order: the texts come after the sheet that refers to them. */
export function workbookParts(rows: string[][], sheet?: string, styles = '<styleSheet/>'): ZipPart[] {
  const texts = [...new Set(rows.flat())]
  const numbers = new Map(texts.map((text, at) => [text, at]))
  const xml = sheet ?? sheetXml(rows, (text, place) => `<c r="${place}" t="s"><v>${numbers.get(text)}</v></c>`)
  return [
    { name: '[Content_Types].xml', data: '<Types/>' },
    { name: '_rels/.rels', data: relations([['r1', 'officeDocument', 'xl/workbook.xml']]) },
    {
      name: 'xl/workbook.xml',
      data: '<workbook><sheets><sheet name="Gizli" state="hidden" r:id="r1"/><sheet name="Firmalar" r:id="r2"/></sheets></workbook>',
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      data: relations([
        ['r1', 'worksheet', 'worksheets/sheet1.xml'],
        ['r2', 'worksheet', '/xl/worksheets/sheet2.xml'],
        ['r3', 'sharedStrings', 'sharedStrings.xml'],
        ['r4', 'styles', 'styles.xml'],
      ]),
    },
    { name: 'xl/worksheets/sheet1.xml', data: sheetXml([], () => '') },
    { name: 'xl/worksheets/sheet2.xml', data: xml },
    { name: 'xl/styles.xml', data: styles },
    {
      name: 'xl/sharedStrings.xml',
      data: `<sst>${texts.map((text) => `<si><r><t>${escapeXml(text)}</t></r><rPh><t>hint</t></rPh></si>`).join('')}</sst>`,
    },
  ]
}
