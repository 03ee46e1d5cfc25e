/** Imports a list from a file on this machine. */
import { createImport, type ImportDeps } from '#ingest/imports/create-import'
import { runImport } from '#ingest/imports/run-import'
import { splitIntoChunks } from '#ingest/imports/store-list'
import { type ListOptions, type ListRow, type OpenedList, readList, type Recognised } from '#ingest/read-list'
import type { Domain } from '#signals/normalise'

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

/**
 * Reads the file twice, row by row, so memory grows with the domains and not with the rows. A file that cannot be read
 * to its end is refused before the first row is stored. Each chunk commits on its own: a failure of the database leaves
 * whole chunks behind. The same file can be imported again, because a domain stays one company.
 * @throws AppError CSV_INVALID, LIST_EMPTY, ENCODING_WRONG, FILE_FORMAT_UNSUPPORTED, FILE_DAMAGED, FILE_TOO_LARGE
 */
export async function ingestFile(
  deps: ImportDeps,
  { path, options, actor, onProgress }: IngestInput,
): Promise<IngestResult> {
  const list = await readList(path, options)
  const importId = await createImport(deps, { keyid: null, ...(options && { options }), actor })
  const summary = createSummary(list, onProgress)
  await runImport(deps, { importId, openList: async () => list, onChunk: summary.add })
  return { importId, ...summary.read() }
}

const INPUT_LENGTH_MAX = 200

/** A part of a string keeps the whole alive: here the part of the file that the cell was cut from. */
function copyText(text: string): string {
  return Buffer.from(text).toString()
}

/** Says what an import of the file would do, and stores nothing. @throws AppError as `ingestFile` */
export async function checkFile({ path, options, onProgress }: ReadInput): Promise<ReadResult> {
  const list = await readList(path, options)
  const summary = createSummary(list, onProgress)
  for await (const chunk of splitIntoChunks(list.rows)) summary.add(chunk)
  return summary.read()
}

function createSummary({ recognised, rowsTotal }: OpenedList, onProgress: ReadInput['onProgress']) {
  const domains = new Set<Domain>()
  const rejected: RejectedRow[] = []
  let rows = 0
  return {
    add: (chunk: ListRow[]) => {
      rows += chunk.length
      onProgress?.(rows, rowsTotal)
      for (const { line, cell, verdict } of chunk) {
        if ('domain' in verdict) domains.add(verdict.domain)
        else rejected.push({ line, input: copyText(cell.slice(0, INPUT_LENGTH_MAX)), reason: verdict.reason })
      }
    },
    read: (): ReadResult => ({ recognised, rows, accepted: rows - rejected.length, rejected, domains: [...domains] }),
  }
}
