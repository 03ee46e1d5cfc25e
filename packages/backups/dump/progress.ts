import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { TablePart } from '#backups/dump/plan'
import { quoteQualifiedName } from '#backups/postgres/quote'
import { formatCount } from '#platform/count-text'

/** Tracks a dump's progress and enforces its deadline. */
export interface DumpProgress {
  /**
   * Registers a part; `rows` returns the number of rows read so far. Call the returned function when the part is
   * complete.
   */
  begin(part: TablePart, rows: () => number): () => void
  /** @throws AppError BACKUP_FAILED after the deadline */
  check(): void
  /** Calls back at the deadline, even when no data arrives in between. Returns a function that cancels the timer. */
  onDeadline(call: (error: AppError) => void): () => void
  /** Awaits `work` until the deadline. @throws AppError BACKUP_FAILED after the deadline */
  inTime<T>(work: Promise<T>): Promise<T>
  state(): Omit<DumpState, 'rawBytes'>
}

/** Progress of a dump. */
export interface DumpState {
  tables: number
  tablesDone: number
  /** A table that is being read; there may be several. */
  table: string | undefined
  rows: number
  /** Rows and definitions so far, before compression. */
  rawBytes: number
  /** Table size according to the catalog, which is close to the size of the rows as text. */
  bytesExpected: number
}

interface Part {
  name: string
  rows: () => number
  isDone: boolean
}

const TIMEOUT_MS_MAX = 2 ** 31 - 1

export function createProgress(clock: Clock, parts: TablePart[], deadline: Date | undefined): DumpProgress {
  const begun: Part[] = []
  const nameOf = ({ table }: TablePart) => quoteQualifiedName(table.schema, table.table)
  const tables = new Set(parts.map(nameOf))
  const bytesOf = new Map(parts.map((part) => [nameOf(part), part.table.tableBytes]))

  function begin(part: TablePart, rows: () => number): () => void {
    const entry = { name: nameOf(part), rows, isDone: false }
    begun.push(entry)
    return () => void (entry.isDone = true)
  }

  function outOfTime(): AppError {
    const current = begun.find(({ isDone }) => !isDone)
    const done = tablesDone()
    const ofTable = begun.filter(({ name }) => name === current?.name)
    const rows = ofTable.reduce((sum, part) => sum + part.rows(), 0)
    const where = current ? ` in ${current.name} after ${formatCount(rows, 'row')}` : ''
    const message = `the time ran out${where}; ${done} of ${formatCount(tables.size, 'table')} done`
    const details = { table: current?.name, rows, tablesDone: done, tables: tables.size }
    return new AppError('BACKUP_FAILED', message, { details })
  }

  function tablesDone(): number {
    return tables.size - new Set(parts.slice(begun.length).map(nameOf)).union(unfinished()).size
  }

  function state(): Omit<DumpState, 'rawBytes'> {
    return {
      tables: tables.size,
      tablesDone: tablesDone(),
      table: begun.find(({ isDone }) => !isDone)?.name,
      rows: begun.reduce((sum, part) => sum + part.rows(), 0),
      bytesExpected: [...bytesOf.values()].reduce((sum, bytes) => sum + bytes, 0),
    }
  }

  function unfinished(): Set<string> {
    return new Set(begun.filter(({ isDone }) => !isDone).map(({ name }) => name))
  }

  function check(): void {
    if (deadline && clock.now() >= deadline) throw outOfTime()
  }

  function onDeadline(call: (error: AppError) => void): () => void {
    if (!deadline) return () => undefined
    const waitMs = Math.min(Math.max(0, deadline.getTime() - clock.now().getTime()), TIMEOUT_MS_MAX)
    const timer = setTimeout(() => call(outOfTime()), waitMs)
    return () => clearTimeout(timer)
  }

  async function inTime<T>(work: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>()
    const stopWaiting = onDeadline((error) => late.reject(error))
    try {
      return await Promise.race([work, late.promise])
    } finally {
      stopWaiting()
    }
  }

  return { begin, check, onDeadline, inTime, state }
}
