/** Reads a workbook as a strict reader does: by the central directory, with every size and checksum compared. */
import { crc32, inflateRawSync } from 'node:zlib'
import { SaxesParser } from 'saxes'

interface ReadCell {
  place: string
  /** `inlineStr`, `b`, or empty for a number. */
  type: string
  style: string
  value: string
}

export function readZip(archive: Buffer): Map<string, Buffer> {
  const end = archive.length - 22
  if (archive.readUInt32LE(end) !== 0x06054b50) throw new Error('no end of the central directory')
  const files = new Map<string, Buffer>()
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error('no entry where one was announced')
    const [crc, packed, bytes] = [16, 20, 24].map((field) => archive.readUInt32LE(at + field)) as [
      number,
      number,
      number,
    ]
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('latin1', at + 46, at + 46 + nameLength)
    const local = archive.readUInt32LE(at + 42)
    const start = local + 30 + archive.readUInt16LE(local + 26)
    const content = inflateRawSync(archive.subarray(start, start + packed))
    const follows = [4, 8, 12].map((field) => archive.readUInt32LE(start + packed + field))
    if (content.length !== bytes || crc32(content) !== crc) throw new Error(`${name} is damaged`)
    if (String(follows) !== String([crc, packed, bytes])) throw new Error(`${name} is described in two ways`)
    files.set(name, content)
    at += 46 + nameLength
  }
  if (at !== end) throw new Error('the central directory has another length')
  return files
}

/** The cells of the only sheet, row by row. */
export function readSheet(archive: Buffer): ReadCell[][] {
  const files = readZip(archive)
  for (const xml of files.values()) new SaxesParser().write(xml.toString('utf8')).close()
  const rows: ReadCell[][] = []
  let cell: ReadCell | undefined
  let inValue = false
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'row') rows.push([])
    if (name === 'c') {
      cell = { place: attributes['r'] ?? '', type: attributes['t'] ?? '', style: attributes['s'] ?? '', value: '' }
      rows.at(-1)?.push(cell)
    }
    if (name === 'f') throw new Error('a formula')
    inValue = name === 'v' || name === 't'
  })
  parser.on('text', (text) => {
    if (cell && inValue) cell.value += text
  })
  parser.on('closetag', () => void (inValue = false))
  parser.write(files.get('xl/worksheets/sheet1.xml')!.toString('utf8')).close()
  for (const one of rows.flat())
    one.value = one.value.replace(/_x([\dA-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return rows
}
