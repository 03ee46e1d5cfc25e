/** Reads a list of companies: each row as it came, with the company that it means. */
import { AppError } from '#platform/errors'
import { judgeCells, type Verdict } from '#ingest/company-domain'
import type { CsvOptions } from '#ingest/csv-rows'
import type { Role } from '#ingest/headings'
import { detectLayout, type Layout, SAMPLE_ROWS } from '#ingest/layout'
import { readRows, type RecognisedFile } from '#ingest/read-rows'
import { gatherCells } from '#ingest/listed-cells'
import type { BrokenRow, Row, RowInput } from '#ingest/row'
import { type ListedCompany, NOT_LISTED } from '#leads/listed/listed-company'

export interface ListOptions extends CsvOptions {
  /** Heading or number of the column of domains; decided by the first rows unless given. */
  column?: string | undefined
}

interface NamedColumns {
  /** Null: the list has no header. */
  headerLine: number | null
  /** Names of the columns that Hunter reads. */
  columns: Partial<Record<Role, string>>
}

export type Recognised = RecognisedFile & NamedColumns
/** Leads that a program sent as JSON have no file. */
export type RecognisedLeads = { format: 'json' } & NamedColumns

export interface ListRow {
  line: number
  input: RowInput
  /** The cell that was judged. */
  cell: string
  verdict: Verdict
  /** What the row says about the company, besides its domain. */
  listed: ListedCompany
}

export interface OpenedList {
  recognised: Recognised
  /** An estimate for CSV. */
  rowsTotal: number
  rows: AsyncGenerator<ListRow>
}

/** @throws AppError CSV_INVALID when no column holds domains, LIST_EMPTY, and what `readRows` throws */
export async function readList(path: string, { column, ...options }: ListOptions = {}): Promise<OpenedList> {
  const { file, rowsTotal, rows } = await readRows(path, options)
  const sample = await takeRows(rows, SAMPLE_ROWS)
  const [first] = sample
  const place = file.format === 'xlsx' ? `the first visible sheet, ${JSON.stringify(file.sheet)},` : 'the file'
  const isEmpty = (some: (Row | BrokenRow)[]) => sample.length < SAMPLE_ROWS && some.every(isBlank)
  if (!first || isEmpty(sample)) throw new AppError('LIST_EMPTY', `${place} has no rows`)
  if ('broken' in first) throw new AppError('CSV_INVALID', `line ${first.line}: ${first.broken}`)
  const layout = detectLayout(
    sample.flatMap((row) => ('broken' in row ? [] : [row])),
    column,
  )
  const data = sample.filter(({ line }) => layout.headerLine === null || line > layout.headerLine)
  if (data.length === 0 || isEmpty(data)) {
    await rows.return(undefined)
    throw new AppError('LIST_EMPTY', `${place} has a header and no rows`)
  }
  const columns = Object.fromEntries(
    Object.entries(layout.columns).flatMap(([role, at]) => (at === undefined ? [] : [[role, layout.headings[at]]])),
  )
  const recognised = { ...file, headerLine: layout.headerLine, columns }
  return { recognised, rowsTotal, rows: judgeRows(layout, data, rows) }
}

function isBlank(row: Row | BrokenRow): boolean {
  return 'cells' in row && row.cells.every((cell) => cell.trim() === '')
}

async function takeRows(rows: AsyncGenerator<Row | BrokenRow>, count: number): Promise<(Row | BrokenRow)[]> {
  const taken: (Row | BrokenRow)[] = []
  while (taken.length < count) {
    const next = await rows.next()
    if (next.done) break
    taken.push(next.value)
  }
  return taken
}

async function* judgeRows(
  layout: Layout,
  sample: (Row | BrokenRow)[],
  rest: AsyncGenerator<Row | BrokenRow>,
): AsyncGenerator<ListRow> {
  try {
    for (const row of sample) yield judgeRow(layout, row)
    for await (const row of rest) yield judgeRow(layout, row)
  } finally {
    await rest.return(undefined) // closes the file when the reader stops early
  }
}

/** A broken row is refused for what breaks it. */
export function judgeRow({ headings, columns }: Pick<Layout, 'headings' | 'columns'>, row: Row | BrokenRow): ListRow {
  const { line } = row
  if ('broken' in row) return { line, input: {}, cell: '', verdict: { reason: row.broken }, listed: NOT_LISTED }
  const roles = new Map(Object.entries(columns).map(([role, at]) => [at, role as Role]))
  const cells = row.cells.map((value, at) => {
    return { name: headings[at] ?? `column_${at + 1}`, value, role: roles.get(at) }
  })
  const input = Object.fromEntries(cells.map(({ name, value }) => [name, value]))
  const read = (role: Role) => cells.find((cell) => cell.role === role)?.value ?? ''
  const [website, email] = [read('domain'), read('email')]
  const listed = gatherCells(cells, website)
  return { line, input, cell: website.trim() || email, verdict: judgeCells(website, email), listed }
}
