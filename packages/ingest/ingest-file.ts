/** Owns imports of lists: stores every row as it came, and makes one company of each valid domain. */
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { runInTransaction } from '#db/transaction'
import { type ListOptions, type ListRow, readList, type Recognised } from '#ingest/read-list'
import { storeRows } from '#ingest/store-rows'
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

async function saveChunk({ db, clock }: IngestDeps, importId: string, source: string, rows: ListRow[]): Promise<void> {
  await runInTransaction(db, (tx) => storeRows(tx, { importId, source, rows, receivedAt: clock.now() }))
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
