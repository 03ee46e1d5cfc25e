/** Puts the companies of an import into bulk scans, as many as a bulk scan may hold. */
import { and, asc, eq, gt, isNotNull, min, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { companies, imports, rawLeads } from '#db/tables'
import { type AlsoSave, runInTransaction, type Transaction } from '#db/transaction'
import { ImportTakenOver } from '#ingest/imports/create-import'
import { AppError } from '#platform/errors'

/** Bulk scans, which are another package's. */
export interface ScanPort {
  domainsMax: number
  /** Creates a bulk scan and calls `also` in its transaction. */
  create: (request: ScanRequest, also: AlsoSave<string>) => Promise<string>
  /** Hands to the workers what they do not have yet. */
  queue: (jobId: string) => Promise<unknown>
}

interface ScanRequest {
  inputs: string[]
  /** Key that asks for the scan; null: the command line. */
  keyid: string | null
  /** The audit log names this actor where no key asks for the scan. */
  actor?: string | undefined
  requestId?: string | undefined
}

interface ImportScanDeps {
  db: Database
  scans: ScanPort
}

/** The scan itself follows with `scanImport`. @throws AppError IMPORT_NOT_FOUND, IMPORT_RUNNING */
export async function requestScan(db: Database, importId: string, also: AlsoSave<string>): Promise<void> {
  await runInTransaction(db, async (tx) => {
    const [found] = await tx.select().from(imports).where(eq(imports.id, importId)).for('update')
    if (!found) throw new AppError('IMPORT_NOT_FOUND', 'there is no such import')
    if (found.finishedAt === null) throw new AppError('IMPORT_RUNNING', 'the import has not read all rows yet')
    await tx.update(imports).set({ scan: true }).where(eq(imports.id, importId))
    await also(tx, importId)
  })
}

/** Scans the companies that are in no bulk scan yet. `problem` says why some still are in none. */
export async function scanImport(
  deps: ImportScanDeps,
  { importId, ...by }: { importId: string } & Omit<ScanRequest, 'inputs'>,
): Promise<void> {
  const problem = await createScans(deps, importId, by)
  await deps.db
    .update(imports)
    .set({ problem: problem ?? null })
    .where(eq(imports.id, importId))
}

const WAITS = ['OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE']

async function createScans({ db, scans }: ImportScanDeps, importId: string, by: Omit<ScanRequest, 'inputs'>) {
  try {
    for (;;) {
      const [found] = await db.select().from(imports).where(eq(imports.id, importId))
      if (!found) throw new AppError('IMPORT_NOT_FOUND', 'there is no such import')
      const next = await listNextDomains(db, { importId, after: found.scannedLine, limit: scans.domainsMax })
      const last = next.at(-1)
      if (!last) {
        for (const jobId of found.scanJobs) await scans.queue(jobId)
        return undefined
      }
      const place = { importId, before: found.scannedLine, line: last.line }
      const inputs = next.map(({ domain }) => domain)
      await scans
        .create({ inputs, ...by }, async (tx, jobId) => {
          await holdCompanies(tx, inputs)
          await noteJob(tx, { ...place, jobId })
        })
        .catch((thrown: unknown) => {
          if (!(thrown instanceof CompanyErased)) throw thrown
        })
    }
  } catch (thrown) {
    if (!(thrown instanceof AppError) || !WAITS.includes(thrown.code)) throw thrown
    return { code: thrown.code, message: thrown.message }
  }
}

interface Place {
  importId: string
  /** Line of the last company that is in a bulk scan. */
  after: number
  limit: number
}

/** Each company once, at its first line. */
async function listNextDomains(db: Database, { importId, after, limit }: Place) {
  const line = min(rawLeads.line)
  const rows = await db
    .select({ domain: companies.domain, line })
    .from(rawLeads)
    .innerJoin(companies, eq(companies.id, rawLeads.companyId))
    .where(and(eq(rawLeads.importId, importId), isNotNull(rawLeads.companyId)))
    .groupBy(companies.domain)
    .having(gt(line, after))
    .orderBy(asc(line))
    .limit(limit)
  return rows.map(({ domain, line }) => ({ domain, line: Number(line) }))
}

/** A company was erased since it was read: the bulk scan is undone, and the next one leaves it out. */
class CompanyErased extends Error {}

/** Keeps the companies from being erased until their bulk scan is there, whose inputs an erasure then empties. */
async function holdCompanies(tx: Transaction, domains: string[]): Promise<void> {
  const held = await tx
    .select({ id: companies.id })
    .from(companies)
    .where(sql`${companies.domain} = any(${sql.param(domains)}::text[])`)
    .orderBy(asc(companies.domain))
    .for('key share')
  if (held.length < domains.length) throw new CompanyErased()
}

interface NotedJob {
  importId: string
  before: number
  line: number
  jobId: string
}

/** Two workers cannot both scan the same companies: the second one's bulk scan is undone with its transaction. */
async function noteJob(tx: Transaction, { importId, before, line, jobId }: NotedJob): Promise<void> {
  const noted = await tx
    .update(imports)
    .set({ scannedLine: line, scanJobs: sql`array_append(${imports.scanJobs}, ${jobId}::uuid)` })
    .where(and(eq(imports.id, importId), eq(imports.scannedLine, before)))
  if (noted.rowCount === 0) throw new ImportTakenOver()
}
