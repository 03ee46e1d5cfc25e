/**
 * Writes a ZIP archive while its content is still being made (PKWARE APPNOTE 6.3.10): each size follows its content,
 * so nothing is held back. Archives of 4 GiB and more need ZIP64, which is refused.
 */
import { pipeline, Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'
import { AppError } from '#platform/errors'

export interface ZipEntry {
  /** ASCII. */
  name: string
  content: AsyncIterable<Buffer> | Iterable<Buffer>
}

const BYTES_MAX = 0xffff_ffff
/** Sizes follow the content (bit 3). */
const FLAGS = 1 << 3
const VERSION = 20
const DEFLATE = 8
/** 1 January 1980, the first day that the format knows: the same content gives the same archive. */
const DATE = (1 << 5) | 1

interface Written {
  name: Buffer
  crc: number
  bytes: number
  packedBytes: number
  offset: number
}

/** @throws AppError EXPORT_TOO_LARGE */
export async function* writeZip(entries: Iterable<ZipEntry>): AsyncGenerator<Buffer> {
  const done: Written[] = []
  let offset = 0
  for (const { name, content } of entries) {
    const entry: Written = { name: Buffer.from(name), crc: 0, bytes: 0, packedBytes: 0, offset }
    const header = Buffer.concat([
      long(0x04034b50),
      short(VERSION, FLAGS, DEFLATE, 0, DATE),
      long(0, 0, 0),
      short(entry.name.length, 0),
      entry.name,
    ])
    yield header
    for await (const packed of compress(content, entry)) {
      entry.packedBytes += packed.length
      yield packed
    }
    const sizes = long(0x08074b50, entry.crc, entry.packedBytes, entry.bytes)
    yield sizes
    offset += header.length + entry.packedBytes + sizes.length
    refuseAbove(Math.max(offset, entry.bytes))
    done.push(entry)
  }
  const directory = Buffer.concat(done.map(describeEntry))
  refuseAbove(offset + directory.length)
  const end = [long(0x06054b50), short(0, 0, done.length, done.length), long(directory.length, offset), short(0)]
  yield Buffer.concat([directory, ...end])
}

async function* compress(content: ZipEntry['content'], entry: Written): AsyncGenerator<Buffer> {
  async function* measure(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      entry.crc = crc32(chunk, entry.crc)
      entry.bytes += chunk.length
      yield chunk
    }
  }
  // the loop below throws the failure
  yield* pipeline(
    Readable.from(measure(), { highWaterMark: 1 }),
    createDeflateRaw(),
    () => undefined,
  ) as AsyncIterable<Buffer>
}

function describeEntry({ name, crc, bytes, packedBytes, offset }: Written): Buffer {
  return Buffer.concat([
    long(0x02014b50),
    short(VERSION, VERSION, FLAGS, DEFLATE, 0, DATE),
    long(crc, packedBytes, bytes),
    short(name.length, 0, 0, 0, 0),
    long(0, offset),
    name,
  ])
}

/** Numbers of two bytes each. */
function short(...values: number[]): Buffer {
  const packed = Buffer.alloc(2 * values.length)
  values.forEach((value, at) => packed.writeUInt16LE(value, 2 * at))
  return packed
}

/** Numbers of four bytes each. */
function long(...values: number[]): Buffer {
  const packed = Buffer.alloc(4 * values.length)
  values.forEach((value, at) => packed.writeUInt32LE(value, 4 * at))
  return packed
}

function refuseAbove(bytes: number): void {
  if (bytes > BYTES_MAX) throw new AppError('EXPORT_TOO_LARGE', 'the workbook would be larger than 4 GiB')
}
