/** Runs an import to its end: stores the rows that are not stored yet, then has the accepted companies scanned. */
import { and, eq, isNull, max, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { toDatabaseError } from '#db/failure'
import { imports, rawLeads } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { type ImportDeps, type ImportId, ImportTakenOver } from '#ingest/imports/create-import'
import { getImport, type ImportProgress } from '#ingest/imports/import-progress'
import { scanImport, type ScanPort } from '#ingest/imports/scan-import'
import { storeList } from '#ingest/imports/store-list'
import type { ListRow, OpenedList } from '#ingest/read-list'
import { FORGOTTEN_COLUMNS } from '#leads/erasure/forget-columns'
import { listNames } from '#leads/erasure/list-names'
import { includesErased } from '#leads/erasure/running-imports'
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
  const { db, scans } = deps
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
    await endImport(deps, importId, { state: 'done', erased: [] })
  } catch (thrown) {
    if (!(thrown instanceof ImportTakenOver)) throw thrown
  }
  return true
}

/**
 * Ends an import that the queue will not bring again. Its whole chunks stay, and it says how far they go. It still knows
 * what was erased meanwhile: a redrive lets it go on.
 */
export async function abandonImport(deps: RunDeps, importId: ImportId, problem: ImportProblem): Promise<void> {
  await endImport(deps, importId, { state: 'failed', problem: await addPlace(deps.db, importId, problem) })
}

/** Notes why the import waits for its next run. */
export async function postponeImport(
  { db }: RunDeps,
  importId: ImportId,
  { code, message }: ImportProblem,
): Promise<void> {
  await update(db, importId, { state: 'queued', problem: { code, message } })
}

/** Notes why no worker has the import. One that an earlier message brought has its own word. */
export async function noteWait({ db }: RunDeps, importId: ImportId, { code, message }: ImportProblem): Promise<void> {
  await db
    .update(imports)
    .set({ problem: { code, message } })
    .where(and(eq(imports.id, importId), eq(imports.state, 'queued')))
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
  await endImport(deps, importId, {
    state: 'failed',
    problem: await addPlace(deps.db, importId, thrown),
    erased: [],
  })
}

async function addPlace(db: Queryable, importId: ImportId, { code, message }: ImportProblem): Promise<ImportProblem> {
  const [stored] = await db
    .select({ line: max(rawLeads.line) })
    .from(rawLeads)
    .where(eq(rawLeads.importId, importId))
  const rest = stored?.line ? `; its rows up to line ${stored.line} are stored` : ''
  return { code, message: message + rest }
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

interface Ending {
  state: 'done' | 'failed'
  problem?: ImportProblem
  erased?: []
}

/** An erasure left the columns to an import that ran; one that names an erased company forgets them now. */
async function endImport({ db, clock }: RunDeps, importId: ImportId, ending: Ending): Promise<void> {
  await runInTransaction(db, async (tx) => {
    const [held] = await tx.select().from(imports).where(isOpen(importId)).for('update')
    if (!held) return
    const texts = [held.options, held.recognised, ending.problem ?? held.problem]
    const isErased = held.erased.length > 0 && includesErased(held, listNames(texts, Infinity))
    const own = eq(imports.id, importId)
    await tx
      .update(imports)
      .set({ ...ending, finishedAt: clock.now() })
      .where(own)
    if (isErased) await tx.update(imports).set(FORGOTTEN_COLUMNS).where(own)
  })
}

async function update(db: Queryable, importId: ImportId, values: Partial<typeof imports.$inferInsert>): Promise<void> {
  await db.update(imports).set(values).where(isOpen(importId))
}

/** An import that has ended stays as it is. */
const isOpen = (importId: ImportId) => and(eq(imports.id, importId), isNull(imports.finishedAt))
