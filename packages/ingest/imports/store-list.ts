/** Stores the rows of a list, once each: an import that was stopped goes on behind the last row that is stored. */
import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { imports } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { type ImportId, ImportTakenOver } from '#ingest/imports/create-import'
import type { ListRow, OpenedList } from '#ingest/read-list'
import { storeRows } from '#ingest/store-rows'
import { listNames } from '#leads/erasure/list-names'
import { includesErased } from '#leads/erasure/running-imports'
import { NOT_LISTED } from '#leads/listed/listed-company'
import type { Clock } from '#platform/clock'

interface StoreDeps {
  db: Database
  clock: Clock
}

interface StoreInput {
  importId: ImportId
  list: OpenedList
  /** Rows of the list that are stored already. */
  rowsBefore?: number
  /** Receives each chunk after its commit. */
  onChunk?: (chunk: ListRow[]) => void
  /** True: stop after this chunk. */
  isOver?: () => boolean
}

/** Rows per transaction. */
const CHUNK_ROWS = 500

/** Returns whether all rows are stored. @throws ImportTakenOver */
export async function storeList(
  deps: StoreDeps,
  { importId, list, rowsBefore = 0, onChunk, isOver = () => false }: StoreInput,
): Promise<boolean> {
  let at = 0
  for await (const chunk of readAhead(splitIntoChunks(list.rows))) {
    const rows = chunk.slice(Math.max(0, rowsBefore - at))
    if (rows.length > 0) {
      await storeChunk(deps, { importId, source: list.recognised.format, rowsBefore: Math.max(at, rowsBefore), rows })
      onChunk?.(rows)
    }
    at += chunk.length
    if (at > rowsBefore && isOver()) return false
  }
  return true
}

/** Reads the next chunk while the caller stores this one. */
async function* readAhead<T>(chunks: AsyncGenerator<T, void>): AsyncGenerator<T> {
  let next = chunks.next()
  try {
    for (let read = await next; !read.done; read = await next) {
      next = chunks.next()
      next.catch(() => undefined) // it is thrown when its turn comes
      yield read.value
    }
  } finally {
    await chunks.return()
  }
}

interface Chunk {
  importId: ImportId
  source: string
  rowsBefore: number
  rows: ListRow[]
}

/** The count of rows is the import's place in the list: another worker has stored a chunk that does not begin there. */
async function storeChunk({ db, clock }: StoreDeps, { importId, source, rowsBefore, ...read }: Chunk): Promise<void> {
  await runInTransaction(db, async (tx) => {
    const own = and(eq(imports.id, importId), eq(imports.rows, rowsBefore), eq(imports.state, 'running'))
    const [held] = await tx.select({ erased: imports.erased }).from(imports).where(own).for('update')
    if (!held) throw new ImportTakenOver()
    const warned = { id: importId, erased: held.erased }
    const rows = warned.erased.length > 0 ? read.rows.map((row) => hideErased(row, warned)) : read.rows
    const created = await storeRows(tx, { importId, source, rows, receivedAt: clock.now() })
    const accepted = rows.filter(({ verdict }) => 'domain' in verdict).length
    await tx
      .update(imports)
      .set({
        rows: sql`${imports.rows} + ${rows.length}`,
        accepted: sql`${imports.accepted} + ${accepted}`,
        refused: sql`${imports.refused} + ${rows.length - accepted}`,
        created: sql`${imports.created} + ${created.size}`,
      })
      .where(eq(imports.id, importId))
  })
}

/** A row that names a company which was erased meanwhile keeps its place alone. */
function hideErased(row: ListRow, warned: Parameters<typeof includesErased>[0]): ListRow {
  const names = 'domain' in row.verdict ? [row.verdict.domain] : listNames(row.input, Infinity)
  if (!includesErased(warned, names)) return row
  const verdict = { reason: 'the company was erased while the import ran' }
  return { line: row.line, input: {}, cell: '', verdict, listed: NOT_LISTED }
}

/** Splits rows as they are stored. */
export async function* splitIntoChunks(rows: AsyncIterable<ListRow>): AsyncGenerator<ListRow[], void> {
  let chunk: ListRow[] = []
  for await (const row of rows) {
    chunk.push(row)
    if (chunk.length < CHUNK_ROWS) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
