/**
 * Reads a CSV file row by row, each with the number of the line that it ends on. A row that cannot be parsed becomes a
 * `BrokenRow`.
 */
import { pipeline, Readable } from 'node:stream'
import { type CsvError, parse } from 'csv-parse'
import { AppError } from '#platform/errors'

export interface CsvRow {
  line: number
  cells: string[]
}
export interface BrokenRow {
  line: number
  /** The reason. Its cells are lost. */
  broken: string
}

/** A longer row has a quote that was never closed, or the file is no CSV. */
const ROW_LENGTH_MAX = 128 * 1024
const DELIMITERS = [',', ';', '\t', '|']

/** @throws AppError CSV_INVALID when the file is not text */
export async function* readCsvRows(input: Readable): AsyncGenerator<CsvRow | BrokenRow> {
  const { head, rest } = await takeFirstLine(input)
  if (head.includes(0)) throw new AppError('CSV_INVALID', 'the file is not text in UTF-8')
  const skipped: BrokenRow[] = []
  let endless: number | undefined
  const parser = parse({
    bom: true,
    delimiter: guessDelimiter(head.toString('utf8')),
    info: true,
    max_record_size: ROW_LENGTH_MAX,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (endless === undefined) skipped.push(describeBrokenRow(error))
      if (error?.code === 'CSV_MAX_RECORD_SIZE') endless ??= getLine(error)
      return undefined
    },
  })
  pipeline(Readable.from(chain(head, rest)), parser, () => undefined) // the loop below throws the failure
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    if (info.lines >= (endless ?? Infinity)) break // the parser continues in the middle of the endless row
    yield { line: info.lines, cells: record }
  }
  yield* skipped
}

/** Returns the most frequent delimiter of the first line, or a comma. */
function guessDelimiter(text: string): string {
  const line = text.split(/\r?\n/, 1)[0] ?? ''
  const unquoted = line.replace(/"(?:[^"]|"")*"/g, '')
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

const BROKEN: Partial<Record<CsvError['code'], string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and not closed',
  CSV_MAX_RECORD_SIZE: 'the row is too long; the rest of the file was not read',
}

function describeBrokenRow(error: CsvError | undefined): BrokenRow {
  return { line: getLine(error), broken: (error && BROKEN[error.code]) ?? 'the row cannot be read as CSV' }
}

function getLine(error: CsvError | undefined): number {
  return Number(error?.['lines'] ?? 1)
}

type Chunks = AsyncIterator<Buffer, unknown>

async function takeFirstLine(input: Readable): Promise<{ head: Buffer; rest: Chunks }> {
  const rest = (input as AsyncIterable<Buffer>)[Symbol.asyncIterator]() as Chunks
  let head = Buffer.alloc(0)
  while (!head.includes('\n') && head.length < ROW_LENGTH_MAX) {
    const next = await rest.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  return { head, rest }
}

async function* chain(head: Buffer, rest: Chunks): AsyncGenerator<Buffer> {
  try {
    yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.() // closes the file when the reader stops early
  }
}
