import type { PageRange } from '#backups/postgres/quote'
import type { SourceTable } from '#backups/dump/tables'

/** One gzip member's worth of a table. */
export interface TablePart {
  table: SourceTable
  /** Absent: the whole table. */
  range?: PageRange | undefined
}

const MIB = 1024 * 1024
/** Small enough that several parts lie in memory compressed, large enough that a member costs nothing. */
const PART_BYTES_MIN = 16 * MIB
/** A larger table has larger parts, so that its manifest stays readable: 128 MiB are reached at 25 GiB. */
const PARTS_PER_TABLE = 200
const PART_BYTES_MAX = 128 * MIB

/** Cuts tables into ranges of pages, in the order in which they are written. */
export function planParts(tables: SourceTable[]): TablePart[] {
  return tables.flatMap(partsOf)
}

/** No more streams than there is work for: each is a session on the server. */
export function streamsFor(tables: Pick<SourceTable, 'tableBytes'>[], streamsMax: number): number {
  const bytes = tables.reduce((sum, table) => sum + table.tableBytes, 0)
  return Math.max(1, Math.min(streamsMax, Math.ceil(bytes / PART_BYTES_MIN)))
}

/** The last part is open: pages that came after the plan hold no row of the snapshot, but nobody has to prove that. */
function partsOf(table: SourceTable): TablePart[] {
  const { pages, tableBytes, hasPages, filter } = table
  const partBytes = Math.min(Math.max(PART_BYTES_MIN, tableBytes / PARTS_PER_TABLE), PART_BYTES_MAX)
  const count = Math.min(Math.floor(tableBytes / partBytes), pages)
  if (!hasPages || filter || count < 2) return [{ table }]
  return Array.from({ length: count }, (_, index) => ({
    table,
    range: {
      from: Math.floor((pages * index) / count),
      to: index === count - 1 ? undefined : Math.floor((pages * (index + 1)) / count),
    },
  }))
}
