/** Runs an import to its end: stores the rows that are not stored yet, then has the accepted companies scanned. */
import { and, eq, isNull, max, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { toDatabaseError } from '#db/failure'
import { imports, rawLeads } from '#db/tables'
import { type ImportDeps, type ImportId, ImportTakenOver } from '#ingest/imports/create-import'
import { getImport, type ImportProgress } from '#ingest/imports/import-progress'
import { scanImport, type ScanPort } from '#ingest/imports/scan-import'
import { storeList } from '#ingest/imports/store-list'
import type { ListRow, OpenedList } from '#ingest/read-list'
import { AppError, type ErrorCode, type ErrorKind } from '#platform/errors'

export interface RunDeps extends Pick<ImportDeps, 'db' | 'clock'> {
  /** Absent: the import asks for no scan. */
  scans?: ScanPort
}

interface ImportProblem {
  code: ErrorCode
  message: string
}

interface RunInput {
  importId: ImportId
  openList: (found: ImportProgress) => Promise<OpenedList>
  /** Receives each chunk after its commit. */
  onChunk?: (chunk: ListRow[]) => void
  /** True: stop after this chunk; the rest is for the next run. */
  isOver?: () => boolean
}

/**
 * Stores each row once and scans each company once, however often it runs. Returns false when it stopped early. A file
 * that cannot be read ends the import as failed. @throws AppError IMPORT_NOT_FOUND, and what the database throws
 */
export async function runImport(deps: RunDeps, { importId, openList, ...options }: RunInput): Promise<boolean> {
  const { db, clock, scans } = deps
  const found = await getImport(db, importId)
  if (found.finishedAt !== null) return true
  try {
    if (found.duplicates === null) {
      await update(db, importId, { state: 'running' }) // a worker that dies of the file has begun
      const list = await openList(found).catch((thrown: unknown) => fail(deps, importId, thrown))
      if (!list) return true
      const { recognised, rowsTotal } = list
      await update(db, importId, { problem: null, recognised, rowsTotal })
      if (!(await storeList(deps, { importId, list, rowsBefore: found.rows, ...options }))) return false
      await countDuplicates(db, importId)
    }
    if (found.scan && scans) await scanImport({ db, scans }, { importId, keyid: found.keyid })
    await update(db, importId, { state: 'done', finishedAt: clock.now(), erased: [] })
  } catch (thrown) {
    if (!(thrown instanceof ImportTakenOver)) throw thrown
  }
  return true
}

/** Ends an import that the queue will not bring again. Its whole chunks stay, and it says how far they go. */
export async function abandonImport(
  { db, clock }: RunDeps,
  importId: ImportId,
  { code, message }: ImportProblem,
): Promise<void> {
  const [stored] = await db
    .select({ line: max(rawLeads.line) })
    .from(rawLeads)
    .where(eq(rawLeads.importId, importId))
  const rest = stored?.line ? `; its rows up to line ${stored.line} are stored` : ''
  const problem = { code, message: message + rest }
  await update(db, importId, { state: 'failed', finishedAt: clock.now(), problem, erased: [] })
}

/** Notes why the import waits for its next run. */
export async function postponeImport({ db }: RunDeps, importId: ImportId, problem: ImportProblem): Promise<void> {
  await update(db, importId, { state: 'queued', problem })
}

export function describeProblem(thrown: unknown): ImportProblem {
  const known = toDatabaseError(thrown)
  return known
    ? { code: known.code, message: known.message }
    : { code: 'INTERNAL', message: 'the import could not be stored' }
}

/** The file itself is at fault, so that no other run can succeed. */
const FINAL: ErrorKind[] = ['invalid', 'not-found', 'conflict']

/** A failure of anything but the file is thrown: the next run may succeed. */
async function fail(deps: RunDeps, importId: ImportId, thrown: unknown): Promise<undefined> {
  if (!(thrown instanceof AppError) || !FINAL.includes(thrown.kind)) throw thrown
  await abandonImport(deps, importId, thrown)
}

/** Companies that an erasure removed meanwhile took their rows with them. */
async function countDuplicates(db: Queryable, importId: ImportId): Promise<void> {
  const { companyId } = rawLeads
  const repeated = db
    .select({ count: sql`count(${companyId}) - count(distinct ${companyId})` })
    .from(rawLeads)
    .where(eq(rawLeads.importId, importId))
  await db
    .update(imports)
    .set({ duplicates: sql`(${repeated})` })
    .where(eq(imports.id, importId))
}

/** Leaves an import alone that has ended. */
async function update(db: Queryable, importId: ImportId, values: Partial<typeof imports.$inferInsert>): Promise<void> {
  await db
    .update(imports)
    .set(values)
    .where(and(eq(imports.id, importId), isNull(imports.finishedAt)))
}
