/** Reads a CSV file row by row. A row that cannot be parsed becomes a `BrokenRow`. */
import { pipeline, Readable } from 'node:stream'
import { type CsvError, parse } from 'csv-parse'
import { AppError } from '#platform/errors'
import { blankSeparatorLine, guessDelimiter, readSeparatorLine } from '#ingest/delimiter'
import { decideEncoding, decodeFile, type Encoding } from '#ingest/encoding'
import { type BrokenRow, limitRow, type Row } from '#ingest/row'

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

/** A longer row has a quote that was never closed, or the file is no CSV. */
const ROW_LENGTH_MAX = 128 * 1024

/** Control characters in the first line, as programs, archives and UTF-32 have them; 1A ends a text of DOS. */
// eslint-disable-next-line no-control-regex
const BINARY = /^[^\n]*[\0-\x08\x0E-\x19\x1B-\x1F]/

/** @throws AppError FILE_FORMAT_UNSUPPORTED when the file is not text, ENCODING_WRONG */
export async function openCsv(path: string, options: CsvOptions): Promise<CsvFile> {
  const { encoding, lines } = await decideEncoding(path, options.encoding)
  const head = await readHead(path, encoding)
  if (BINARY.test(head)) {
    if (options.encoding) throw new AppError('ENCODING_WRONG', `the file is not text in ${encoding}, as was asked for`)
    throw new AppError('FILE_FORMAT_UNSUPPORTED', 'the file is not text in UTF-8, UTF-16 or windows-1254')
  }
  const delimiter = options.delimiter ?? readSeparatorLine(head) ?? guessDelimiter(head)
  return { encoding, delimiter, rowsTotal: lines, rows: parseRows(blankFirst(decodeFile(path, encoding)), delimiter) }
}

async function* parseRows(text: AsyncIterable<string>, delimiter: string): AsyncGenerator<Row | BrokenRow> {
  const skipped: BrokenRow[] = []
  let endless: number | undefined
  let ended = 0
  const parser = parse({
    delimiter,
    info: true,
    max_record_size: ROW_LENGTH_MAX,
    on_record: (record: string[], { lines }) => {
      ended = lines
      return record
    },
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      // the parser is at the end of the row by now; the reader looks for the quote where the row begins
      if (endless === undefined) skipped.push({ line: ended + 1, broken: explainBreak(error) })
      if (error?.code === 'CSV_MAX_RECORD_SIZE') endless ??= ended + 1
      return undefined
    },
  })
  pipeline(Readable.from(text), parser, () => undefined) // the loop below throws the failure
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    if (info.lines >= (endless ?? Infinity)) break // the parser continues in the middle of the endless row
    while (skipped[0] && skipped[0].line < info.lines) yield skipped.shift() as BrokenRow
    yield limitRow({ line: info.lines, cells: record })
  }
  yield* skipped
}

const BROKEN: Partial<Record<CsvError['code'], string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and not closed',
  CSV_MAX_RECORD_SIZE: 'the row is too long; the rest of the file was not read',
}

function explainBreak(error: CsvError | undefined): string {
  return (error && BROKEN[error.code]) ?? 'the row cannot be read as CSV'
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
