/** The rows that every format of list yields, and the limits that hold for all of them. */
export interface Row {
  /** Number of the line that the row ends on; a workbook's own number of the row. */
  line: number
  cells: string[]
}

export interface BrokenRow {
  line: number
  /** The reason. The row's cells are lost. */
  broken: string
}

/** A row as it came, by its headings. Files hold texts; a lead that came as JSON may hold other values. */
export type RowInput = Record<string, string | number | boolean | null>

export const COLUMNS_MAX = 200
/** Excel's own limit. */
export const CELL_LENGTH_MAX = 32_767
/** A workbook may name one long text in each cell, so that few bytes of it become gigabytes of rows. */
export const ROW_LENGTH_MAX = 128 * 1024

/** Breaks a row that exceeds a limit. Empty cells at its end do not count: spreadsheets write many of them. */
export function limitRow({ line, cells }: Row): Row | BrokenRow {
  const width = cells.findLastIndex((cell) => cell.trim() !== '') + 1
  if (width > COLUMNS_MAX) return { line, broken: `the row has more than ${COLUMNS_MAX} columns` }
  if (cells.some((cell) => cell.length > CELL_LENGTH_MAX))
    return { line, broken: 'a cell has more than 32,767 characters' }
  if (cells.reduce((sum, cell) => sum + cell.length, 0) > ROW_LENGTH_MAX)
    return { line, broken: `the row has more than ${ROW_LENGTH_MAX.toLocaleString('en')} characters` }
  return { line, cells: cells.slice(0, COLUMNS_MAX) }
}
