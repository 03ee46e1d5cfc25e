/** Reads a CSV file row by row. A row that exceeds a limit becomes a `BrokenRow`. */
import { pipeline, Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { AppError } from '#platform/errors'
import { blankSeparatorLine, guessDelimiter, readSeparatorLine } from '#ingest/delimiter'
import { decideEncoding, decodeFile, type Encoding } from '#ingest/encoding'
import { type BrokenRow, limitRow, type Row } from '#ingest/row'
import { requireWholeRows } from '#ingest/whole-rows'

export interface CsvOptions {
  /** Decided by the bytes unless given. */
  encoding?: Encoding | undefined
  /** Decided by the first lines unless given. */
  delimiter?: string | undefined
}

interface CsvFile {
  encoding: Encoding
  delimiter: string
  /** Estimate: a quoted cell may hold line ends. */
  rowsTotal: number
  rows: AsyncGenerator<Row | BrokenRow>
}

/** Control characters in the first line, as programs, archives and UTF-32 have them; 1A ends a text of DOS. */
// oxlint-disable-next-line no-control-regex -- control characters are what tells a binary file from text
const BINARY = /^[^\n]*[\0-\x08\x0E-\x19\x1B-\x1F]/

/** @throws AppError FILE_FORMAT_UNSUPPORTED when the file is not text, ENCODING_WRONG, FILE_DAMAGED, CSV_INVALID as `requireWholeRows` */
export async function openCsv(path: string, options: CsvOptions): Promise<CsvFile> {
  const { encoding, lines } = await decideEncoding(path, options.encoding)
  const head = await readHead(path, encoding)
  if (BINARY.test(head)) {
    if (options.encoding) throw new AppError('ENCODING_WRONG', `the file is not text in ${encoding}, as was asked for`)
    throw new AppError('FILE_FORMAT_UNSUPPORTED', 'the file is not text in UTF-8, UTF-16 or windows-1254')
  }
  const delimiter = options.delimiter ?? readSeparatorLine(head) ?? guessDelimiter(head)
  const read = () => blankFirst(decodeFile(path, encoding))
  await requireWholeRows(read(), delimiter)
  return { encoding, delimiter, rowsTotal: lines, rows: parseRows(read(), delimiter) }
}

async function* parseRows(text: AsyncIterable<string>, delimiter: string): AsyncGenerator<Row | BrokenRow> {
  const parser = parse({
    delimiter,
    info: true,
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  })
  pipeline(Readable.from(text), parser, () => undefined) // the loop below throws the failure
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    yield limitRow({ line: info.lines, cells: record })
  }
}

async function readHead(path: string, encoding: Encoding): Promise<string> {
  for await (const text of decodeFile(path, encoding)) if (text !== '') return text
  return ''
}

async function* blankFirst(text: AsyncIterable<string>): AsyncGenerator<string> {
  let isFirst = true
  for await (const part of text) {
    yield isFirst ? blankSeparatorLine(part) : part
    if (part !== '') isFirst = false
  }
}
