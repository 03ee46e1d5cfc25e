/** Owns imports of lists: stores every row as it came, and makes one company of each valid domain. */
import { asc, inArray } from 'drizzle-orm'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { toStorableText } from '#db/storable'
import { companies, rawLeads } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import { type ListOptions, type ListRow, readList, type Recognised } from '#ingest/read-list'
import { buildCompanyRow } from '#leads/company-row'
import type { Clock } from '#platform/clock'
import type { Domain } from '#signals/normalise'

interface IngestDeps {
  db: Database
  clock: Clock
  newId: () => string
}

interface ReadInput {
  /** A regular file. */
  path: string
  options?: ListOptions
  /** Receives the number of rows read so far, and that of all rows, an estimate for CSV. */
  onProgress?: (rows: number, rowsTotal: number) => void
}

interface IngestInput extends ReadInput {
  actor: string
}

interface RejectedRow {
  line: number
  /** Text of the cell that was judged; the table raw_leads has the whole row. */
  input: string
  reason: string
}

export interface ReadResult {
  recognised: Recognised
  rows: number
  accepted: number
  rejected: RejectedRow[]
  /** Domains of the accepted rows, without duplicates. */
  domains: Domain[]
}

export interface IngestResult extends ReadResult {
  importId: string
}

/** Rows per transaction. */
const CHUNK = 500

/**
 * Reads the file twice, row by row, so memory grows with the domains and not with the rows. A file that cannot be read
 * to its end is refused before the first row is stored. Each chunk commits on its own: a failure of the database leaves
 * whole chunks behind. The same file can be imported again, because a domain stays one company.
 * @throws AppError CSV_INVALID, FILE_FORMAT_UNSUPPORTED, FILE_DAMAGED, FILE_TOO_LARGE
 */
export async function ingestFile(deps: IngestDeps, { actor, ...input }: IngestInput): Promise<IngestResult> {
  const importId = deps.newId()
  const read = await readThrough(input, (chunk, source) => saveChunk(deps, importId, source, chunk))
  await recordAudit(deps.db, {
    actor,
    action: 'list.imported',
    object: `import:${importId}`,
    details: { format: read.recognised.format, rows: read.rows, accepted: read.accepted },
  })
  return { importId, ...read }
}

/** Says what an import of the file would do, and stores nothing. @throws AppError as `ingestFile` */
export function checkFile(input: ReadInput): Promise<ReadResult> {
  return readThrough(input, () => Promise.resolve())
}

async function readThrough(
  { path, options, onProgress }: ReadInput,
  take: (chunk: ListRow[], source: string) => Promise<void>,
): Promise<ReadResult> {
  const list = await readList(path, options)
  const { recognised } = list
  const domains = new Set<Domain>()
  const rejected: RejectedRow[] = []
  let rows = 0
  for await (const chunk of splitIntoChunks(list.rows, CHUNK)) {
    await take(chunk, recognised.format)
    rows += chunk.length
    onProgress?.(rows, list.rowsTotal)
    for (const { line, cell, verdict } of chunk) {
      if ('domain' in verdict) domains.add(verdict.domain)
      else rejected.push({ line, input: cell.slice(0, 200), reason: verdict.reason })
    }
  }
  return { recognised, rows, accepted: rows - rejected.length, rejected, domains: [...domains] }
}

async function saveChunk({ db, clock }: IngestDeps, importId: string, source: string, chunk: ListRow[]): Promise<void> {
  const receivedAt = clock.now()
  await runInTransaction(db, async (tx) => {
    const ids = await ensureCompanies(tx, listDomains(chunk), receivedAt)
    const rows = chunk.map(({ line, input, verdict }) => ({
      importId,
      source,
      line,
      input: toStorableText(input),
      companyId: 'domain' in verdict ? ids.get(verdict.domain) : null,
      rejected: 'reason' in verdict ? verdict.reason : null,
      receivedAt,
    }))
    await tx.insert(rawLeads).values(rows)
  })
}

function listDomains(chunk: ListRow[]): Domain[] {
  const domains = chunk.flatMap(({ verdict }) => ('domain' in verdict ? [verdict.domain] : []))
  return [...new Set(domains)].sort() // same lock order as everywhere (domain, ascending)
}

async function ensureCompanies(tx: Transaction, domains: Domain[], at: Date): Promise<Map<string, number>> {
  if (domains.length === 0) return new Map()
  const rows = domains.map((domain) => buildCompanyRow(domain, at))
  await tx.insert(companies).values(rows).onConflictDoNothing()
  const found = await tx
    .select({ id: companies.id, domain: companies.domain })
    .from(companies)
    .where(inArray(companies.domain, domains))
    .orderBy(asc(companies.domain))
    .for('key share') // an erasure waits until the rows are in, and then removes them, too
  if (found.length < domains.length) return ensureCompanies(tx, domains, at) // one was erased between the statements
  return new Map(found.map(({ id, domain }) => [domain, id]))
}

async function* splitIntoChunks<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
