/** Takes a list: as a file, in a form, as text in JSON, or by the id of an upload. The first list loads this file. */
import { writeFile } from 'node:fs/promises'
import type { Context } from 'hono'
import type * as z from 'zod/mini'
import { isJsonBody } from '#api/http/body-type'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { FILE_BYTES_MAX, readFileBody } from '#api/http/file-body'
import { parseBody } from '#api/http/validate'
import { listBody, type listQuery } from '#api/ingest/inputs'
import { sendDryRun, sendImport } from '#api/ingest/send-import'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { runWithinBudget } from '#db/budget'
import { ENCODINGS, parseEncoding } from '#ingest/encoding'
import { createImport, type ImportDeps, type ImportId, type ListUpload } from '#ingest/imports/create-import'
import { getImport } from '#ingest/imports/import-progress'
import { noteWait, runImport } from '#ingest/imports/run-import'
import type { ScanPort } from '#ingest/imports/scan-import'
import { checkFile } from '#ingest/ingest-file'
import { withListFile } from '#ingest/list-file'
import { type ListOptions, type OpenedList, readList } from '#ingest/read-list'
import { AppError } from '#platform/errors'
import { type ImportQueue, nameGroup } from '#scans/bulk/batch-message'
import type { TransferBucket } from '#transfers/bucket'
import { UPLOAD_TYPES } from '#transfers/upload-limits'

export interface ListDeps extends ImportDeps {
  /** Folder for files while they are read. */
  tempDir: string
  scans: ScanPort
  queue: ImportQueue
  openTransfers: () => Promise<TransferBucket>
  keyDeps: { randomBytes: (count: number) => Uint8Array }
}

/** Rows that a request stores in its time; a worker stores longer lists. */
const ROWS_MAX = 5_000
/** The function has 25 s in all. */
const DATABASE_BUDGET_MS = 18_000

type Options = z.output<typeof listQuery>

/** @throws AppError CSV_INVALID, LIST_EMPTY, ENCODING_WRONG, FILE_FORMAT_UNSUPPORTED, FILE_DAMAGED, FILE_TOO_LARGE, UPLOAD_NOT_FOUND and so on */
export async function importList(c: Context<ApiEnv>, deps: ListDeps, query: Options): Promise<Response> {
  if (!isJsonBody(c)) return importFile(c, deps, query, await readFileBody(c))
  const { csv, upload } = await parseBody(c, listBody)
  if (upload !== undefined) return importUpload(c, deps, query, upload)
  return importFile(c, deps, query, { bytes: Buffer.from(csv ?? ''), charset: 'utf-8' })
}

interface SentFile {
  bytes: Uint8Array
  charset: string | undefined
}

async function importFile(c: Context<ApiEnv>, deps: ListDeps, query: Options, file: SentFile): Promise<Response> {
  const { column, delimiter, encoding = readCharset(file.charset) } = query
  const options = { column, delimiter, encoding }
  return withListFile(deps.tempDir, async (path) => {
    await writeFile(path, file.bytes)
    if (query.dry_run === 'true') return sendDryRun(c, await checkFile({ path, options }))
    return storeFile(c, deps, { path, options, bytes: file.bytes, scan: query.scan === 'true' })
  })
}

/** @throws AppError VALIDATION_FAILED */
function readCharset(name: string | undefined) {
  if (name === undefined) return undefined
  const encoding = parseEncoding(name)
  if (encoding !== undefined) return encoding
  const fields = [{ field: 'Content-Type', message: `must name a charset of ${ENCODINGS.join(', ')}, or none` }]
  throw new AppError('VALIDATION_FAILED', `the charset ${JSON.stringify(name.slice(0, 100))} is not supported`, {
    details: { fields },
  })
}

interface FileToStore {
  path: string
  options: ListOptions
  bytes: Uint8Array
  scan: boolean
}

async function storeFile(c: Context<ApiEnv>, deps: ListDeps, file: FileToStore): Promise<Response> {
  let list: OpenedList | undefined
  const open = async () => (list ??= await readList(file.path, file.options))
  try {
    return await createAndSend(c, deps, {
      create: async (also) => {
        const { rowsTotal, recognised } = await open()
        const upload = rowsTotal > ROWS_MAX ? await keepFile(c, deps, file.bytes, recognised.format) : undefined
        const { options, scan } = file
        return createImport(
          deps,
          { keyid: c.get('key').keyid, ...buildAuditContext(c), options, scan, ...(upload && { upload }) },
          also,
        )
      },
      run: (importId) => runWithinBudget(DATABASE_BUDGET_MS, () => runImport(deps, { importId, openList: open })),
    })
  } finally {
    await list?.rows.return(undefined)
  }
}

/** Stores a long list where the worker finds it. */
async function keepFile(
  c: Context<ApiEnv>,
  deps: ListDeps,
  bytes: Uint8Array,
  format: 'csv' | 'xlsx',
): Promise<ListUpload> {
  const [bucket, uploads] = await Promise.all([deps.openTransfers(), import('#transfers/uploads')])
  const id = uploads.createUploadId(deps.clock.now(), deps.keyDeps.randomBytes)
  const contentType = UPLOAD_TYPES[format === 'csv' ? 0 : 1]
  return { id, etag: await uploads.putUpload(bucket, { id, keyid: c.get('key').keyid, contentType, bytes }) }
}

async function importUpload(c: Context<ApiEnv>, deps: ListDeps, query: Options, id: string): Promise<Response> {
  const { column, delimiter, encoding, dry_run: isDry, scan } = query
  if (isDry === 'true') {
    const fields = [{ field: 'dry_run', message: 'must be false for an upload' }]
    throw new AppError('VALIDATION_FAILED', 'an upload is read by a worker', { details: { fields } })
  }
  return createAndSend(c, deps, {
    create: async (also) => {
      const [bucket, uploads] = await Promise.all([deps.openTransfers(), import('#transfers/uploads')])
      const upload = { id, etag: await uploads.requireUpload(bucket, { id, keyid: c.get('key').keyid }) }
      const options = { column, delimiter, encoding }
      return createImport(
        deps,
        { keyid: c.get('key').keyid, ...buildAuditContext(c), options, upload, scan: scan === 'true' },
        also,
      )
    },
    run: async () => undefined,
  })
}

interface ImportWork {
  create: (also: Parameters<typeof createImport>[2]) => Promise<ImportId>
  /** Stores the list of an import that waits for no worker. */
  run: (importId: ImportId) => Promise<unknown>
}

function createAndSend(c: Context<ApiEnv>, deps: ListDeps, { create, run }: ImportWork): Promise<Response> {
  return withIdempotencyKey<{ importId: ImportId }, ImportId>(
    c,
    { ...deps, bodyBytesMax: FILE_BYTES_MAX },
    {
      run: (keep) => create((tx, importId) => keep(tx, { importId })),
      recall: async ({ importId }) => importId,
      answer: async (importId) => {
        const { upload, keyid, finishedAt } = await getImport(deps.db, importId)
        if (upload === null) await run(importId)
        else if (finishedAt === null) await queueImport(deps, importId, keyid)
        return sendImport(c, deps.db, await getImport(deps.db, importId), { status: 202 })
      },
    },
  )
}

/** A message that is there twice changes nothing. @throws AppError QUEUE_UNAVAILABLE: the same request sends it again */
async function queueImport(deps: ListDeps, importId: ImportId, keyid: string | null): Promise<void> {
  try {
    await deps.queue.sendImport({ importId, group: nameGroup(keyid) })
  } catch (cause) {
    const details = { import: importId }
    const problem = new AppError('QUEUE_UNAVAILABLE', 'the import could not be queued', { details, cause })
    await noteWait(deps, importId, problem)
    throw problem
  }
}
