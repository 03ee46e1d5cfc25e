import type { PageRange } from '#backups/postgres/quote'
import type { SourceTable } from '#backups/dump/tables'

/** The part of a table that one gzip member holds. */
export interface TablePart {
  table: SourceTable
  /** Absent: the whole table. */
  range?: PageRange | undefined
}

const MIB = 1024 * 1024
/** Small enough to hold several compressed parts in memory, large enough to make a member's overhead negligible. */
const PART_BYTES_MIN = 16 * MIB
/** A larger table gets larger parts, which keeps its manifest readable: parts reach 128 MiB at 25 GiB. */
const PARTS_PER_TABLE = 200
const PART_BYTES_MAX = 128 * MIB

/** Cuts tables into page ranges, in the order of writing. */
export function planParts(tables: SourceTable[]): TablePart[] {
  return tables.flatMap(splitTable)
}

/** Limits the streams to the available work, since each one is a session on the server. */
export function limitStreams(tables: Pick<SourceTable, 'tableBytes'>[], streamsMax: number): number {
  const bytes = tables.reduce((sum, table) => sum + table.tableBytes, 0)
  return Math.max(1, Math.min(streamsMax, Math.ceil(bytes / PART_BYTES_MIN)))
}

/**
 * Leaves the last part open-ended: pages added after the plan hold no row of the snapshot, and reading them avoids
 * having to prove that.
 */
function splitTable(table: SourceTable): TablePart[] {
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
