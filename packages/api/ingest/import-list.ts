/** Takes a list in a request: as a file, in a form, or as text in JSON. The first list loads this file. */
import type { Context } from 'hono'
import type * as z from 'zod/mini'
import { isJsonBody } from '#api/http/body-type'
import type { ApiEnv } from '#api/http/context'
import { FILE_BYTES_MAX, readFileBody } from '#api/http/file-body'
import { parseBody } from '#api/http/validate'
import { listBody, type listQuery } from '#api/ingest/inputs'
import { sendDryRun, sendImport } from '#api/ingest/send-import'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { runWithinBudget } from '#db/budget'
import { parseEncoding } from '#ingest/encoding'
import { createImport, type ImportDeps, type ImportId } from '#ingest/imports/create-import'
import { getImport } from '#ingest/imports/import-progress'
import { runImport } from '#ingest/imports/run-import'
import type { ScanPort } from '#ingest/imports/scan-import'
import { checkFile } from '#ingest/ingest-file'
import { withListFile } from '#ingest/list-file'
import { type ListOptions, type OpenedList, readList } from '#ingest/read-list'
import { AppError } from '#platform/errors'

interface ListDeps extends ImportDeps {
  /** Folder for files while they are read. */
  tempDir: string
  scans: ScanPort
}

/** Rows that a request stores in its time; with more, the caller would wait too long. */
const ROWS_MAX = 20_000
/** The function has 25 s in all. */
const DATABASE_BUDGET_MS = 18_000

/** @throws AppError CSV_INVALID, FILE_FORMAT_UNSUPPORTED, FILE_DAMAGED, FILE_TOO_LARGE, and what a body throws */
export async function importList(
  c: Context<ApiEnv>,
  deps: ListDeps,
  { dry_run: isDry, scan, ...given }: z.output<typeof listQuery>,
): Promise<Response> {
  const { bytes, charset } = isJsonBody(c) ? await readText(c) : await readFileBody(c)
  const options = { ...given, encoding: given.encoding ?? readCharset(charset) }
  return withListFile({ tempDir: deps.tempDir, content: bytes }, async (path) => {
    if (isDry === 'true') return sendDryRun(c, await checkFile({ path, options }))
    return storeFile(c, deps, { path, options, scan: scan === 'true' })
  })
}

async function readText(c: Context<ApiEnv>): Promise<{ bytes: Uint8Array; charset: string | undefined }> {
  const { csv } = await parseBody(c, listBody)
  return { bytes: Buffer.from(csv), charset: 'utf-8' }
}

/** @throws AppError BODY_TYPE_UNSUPPORTED */
function readCharset(name: string | undefined) {
  if (name === undefined) return undefined
  const encoding = parseEncoding(name)
  if (encoding !== undefined) return encoding
  throw new AppError('BODY_TYPE_UNSUPPORTED', `the charset ${JSON.stringify(name.slice(0, 100))} is not supported`)
}

interface FileToStore {
  path: string
  options: ListOptions
  scan: boolean
}

async function storeFile(c: Context<ApiEnv>, deps: ListDeps, { path, options, scan }: FileToStore): Promise<Response> {
  const { keyid } = c.get('key')
  const by = { keyid, actor: `key:${keyid}`, requestId: c.get('requestId') }
  let list: OpenedList | undefined
  try {
    return await withIdempotencyKey<{ importId: ImportId }, ImportId>(
      c,
      { ...deps, bodyBytesMax: FILE_BYTES_MAX },
      {
        run: async (keep) => {
          list = await readList(path, options)
          refuseLong(list)
          return createImport(deps, { ...by, options, scan }, (tx, importId) => keep(tx, { importId }))
        },
        recall: async ({ importId }) => importId,
        answer: async (importId) => {
          const openList = async (options: ListOptions) => list ?? readList(path, options)
          await runWithinBudget(DATABASE_BUDGET_MS, () => runImport(deps, { importId, openList }))
          return sendImport(c, deps.db, await getImport(deps.db, importId), { status: 202 })
        },
      },
    )
  } finally {
    await list?.rows.return(undefined)
  }
}

function refuseLong({ rowsTotal }: OpenedList): void {
  if (rowsTotal <= ROWS_MAX) return
  throw new AppError('FILE_TOO_LARGE', `the list has ${rowsTotal} rows, and a request takes ${ROWS_MAX}`, {
    details: { rows: rowsTotal, rows_max: ROWS_MAX },
  })
}
