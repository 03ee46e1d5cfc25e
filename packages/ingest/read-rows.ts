/** Reads the rows of a list, whatever its format: the one door of this package to a file's content. */
import { type CsvOptions, openCsv } from '#ingest/csv-rows'
import type { Encoding } from '#ingest/encoding'
import { detectFormat } from '#ingest/file-format'
import type { BrokenRow, Row } from '#ingest/row'
import { openXlsx } from '#ingest/xlsx/xlsx-rows'

export type RecognisedFile =
  { format: 'csv'; encoding: Encoding; delimiter: string } | { format: 'xlsx'; sheet: string; sheets: number }

interface OpenedRows {
  file: RecognisedFile
  /** Number of rows; an estimate for CSV. */
  rowsTotal: number
  rows: AsyncGenerator<Row | BrokenRow>
}

/**
 * Takes a regular file, because it reads it twice: once to decide what it is and that all of it can be read, so that a
 * fault at the end stops an import before it begins. The options concern CSV alone.
 * @throws AppError CSV_INVALID, ENCODING_WRONG, FILE_FORMAT_UNSUPPORTED, FILE_DAMAGED, FILE_TOO_LARGE
 */
export async function readRows(path: string, options: CsvOptions = {}): Promise<OpenedRows> {
  if ((await detectFormat(path)) === 'xlsx') {
    const { sheet, sheets, rowsTotal, rows } = await openXlsx(path)
    return { file: { format: 'xlsx', sheet, sheets }, rowsTotal, rows }
  }
  const { encoding, delimiter, rowsTotal, rows } = await openCsv(path, options)
  return { file: { format: 'csv', encoding, delimiter }, rowsTotal, rows }
}
