/** Owns CSV imports: stores every row as it came, and makes one company of each valid domain. */
import type { Readable } from 'node:stream'
import { inArray } from 'drizzle-orm'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { toStorableText } from '#db/storable'
import { companies, rawLeads } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import { type BrokenRow, type CsvRow, readCsvRows } from '#ingest/csv-rows'
import { type Layout, detectLayout } from '#ingest/domain-column'
import { buildCompanyRow } from '#leads/company-row'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { type Domain, normaliseDomain } from '#signals/normalise'

interface IngestDeps {
  db: Database
  clock: Clock
  newId: () => string
}

interface IngestInput {
  file: Readable
  actor: string
  /** Receives the number of rows stored so far. */
  onProgress?: (rows: number) => void
}

interface RejectedRow {
  line: number
  /** Text of the domain column; the table raw_leads has the whole row. */
  input: string
  reason: string
}

export interface IngestResult {
  importId: string
  rows: number
  accepted: number
  rejected: RejectedRow[]
  /** Domains of the accepted rows, without duplicates. */
  domains: Domain[]
}

interface ReadRow {
  line: number
  input: Record<string, string>
  cell: string
  verdict: { domain: Domain } | { reason: string }
}

/** Rows per transaction. */
const CHUNK = 500

/**
 * Streams the file, so memory grows with the domains and not with the rows. Each chunk commits on its own: a failure
 * leaves whole chunks behind. The same file can be imported again, because a domain stays one company. @throws AppError
 * CSV_INVALID when no column holds domains
 */
export async function ingestCsv(deps: IngestDeps, { file, actor, onProgress }: IngestInput): Promise<IngestResult> {
  const result: IngestResult = { importId: deps.newId(), rows: 0, accepted: 0, rejected: [], domains: [] }
  const domains = new Set<Domain>()
  for await (const chunk of splitIntoChunks(readRows(file), CHUNK)) {
    await saveChunk(deps, result.importId, chunk)
    result.rows += chunk.length
    onProgress?.(result.rows)
    for (const { line, cell, verdict } of chunk) {
      if ('domain' in verdict) domains.add(verdict.domain)
      else result.rejected.push({ line, input: cell.slice(0, 200), reason: verdict.reason })
    }
  }
  if (result.rows === 0) throw new AppError('CSV_INVALID', 'the file has no rows')
  result.accepted = result.rows - result.rejected.length
  await recordAudit(deps.db, {
    actor,
    action: 'csv.imported',
    object: `import:${result.importId}`,
    details: { rows: result.rows, accepted: result.accepted },
  })
  return { ...result, domains: [...domains] }
}

async function* readRows(file: Readable): AsyncGenerator<ReadRow> {
  let layout: Layout | undefined
  for await (const row of readCsvRows(file)) {
    if ('broken' in row) {
      if (!layout) throw new AppError('CSV_INVALID', `the first row cannot be read: ${row.broken}`)
      yield rejectBrokenRow(row)
      continue
    }
    if (!layout) {
      layout = detectLayout(row.cells)
      if (layout.hasHeader) continue
    }
    yield readRow(layout, row)
  }
}

function readRow(layout: Layout, { line, cells }: CsvRow): ReadRow {
  const input = Object.fromEntries(cells.map((cell, at) => [layout.headings[at] ?? `column_${at + 1}`, cell]))
  const cell = cells[layout.domainAt] ?? ''
  return { line, input, cell, verdict: parseDomainCell(cell) }
}

function rejectBrokenRow({ line, broken }: BrokenRow): ReadRow {
  return { line, input: {}, cell: '', verdict: { reason: broken } }
}

function parseDomainCell(cell: string): ReadRow['verdict'] {
  try {
    return { domain: normaliseDomain(cell) }
  } catch (thrown) {
    if (thrown instanceof AppError) return { reason: thrown.message }
    throw thrown
  }
}

async function saveChunk({ db, clock }: IngestDeps, importId: string, chunk: ReadRow[]): Promise<void> {
  const receivedAt = clock.now()
  await runInTransaction(db, async (tx) => {
    const ids = await ensureCompanies(tx, listDomains(chunk), receivedAt)
    const rows = chunk.map(({ line, input, verdict }) => ({
      importId,
      source: 'csv',
      line,
      input: toStorableText(input),
      companyId: 'domain' in verdict ? ids.get(verdict.domain) : null,
      rejected: 'reason' in verdict ? verdict.reason : null,
      receivedAt,
    }))
    await tx.insert(rawLeads).values(rows)
  })
}

function listDomains(chunk: ReadRow[]): Domain[] {
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
