import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import type { Queryable } from '#db/client'
import type { PageQuery } from '#db/page'
import { type ImportProgress, listRefusals, type Refusal } from '#ingest/imports/import-progress'
import type { ReadResult } from '#ingest/ingest-file'
import type { Recognised, RecognisedLeads } from '#ingest/read-list'
import type { ErrorCode } from '#platform/errors'
import { nameGroup } from '#scans/bulk/batch-message'

/** Refused rows of an answer that has no pages. */
const REFUSALS_MAX = 100

interface Sending {
  page?: PageQuery
  status: 200 | 202
}

export async function sendImport(
  c: Context<ApiEnv>,
  db: Queryable,
  found: ImportProgress,
  { page = { limit: REFUSALS_MAX }, status }: Sending,
): Promise<Response> {
  const { id, state, keyid, createdAt, finishedAt, rowsTotal, rows, accepted, refused, created, duplicates } = found
  const { items: refusals, nextCursor } = await listRefusals(db, found, page)
  const data = {
    id,
    state,
    dryRun: false,
    createdBy: nameGroup(keyid),
    createdAt,
    finishedAt,
    recognised: found.recognised && serializeRecognised(found.recognised),
    rowsTotal,
    rows,
    accepted,
    refused,
    created,
    duplicates,
    scan: { requested: found.scan, jobs: found.scanJobs },
    problem: found.problem && (await addRemedy(found.problem)),
    refusals,
    nextCursor,
  }
  if (status === 202) c.header('Location', `/api/v1/ingest/${id}`)
  return sendData(c, data, { message: `import is ${state}`, status })
}

/** Loads the texts on the first problem, so that a cold start does not read them. */
async function addRemedy({ code, message }: NonNullable<ImportProgress['problem']>) {
  const { getRemedy } = await import('#platform/error-texts')
  return { code, message, remedy: getRemedy(code as ErrorCode, 'api') }
}

export function sendDryRun(
  c: Context<ApiEnv>,
  { recognised, rows, accepted, rejected, domains }: ReadResult,
): Response {
  const refusals = rejected
    .slice(0, REFUSALS_MAX)
    .map(({ line, input, reason }): Refusal => ({ line, value: input, reason }))
  const data = {
    id: null,
    state: 'done',
    dryRun: true,
    createdBy: nameGroup(c.get('key').keyid),
    createdAt: null,
    finishedAt: null,
    recognised: serializeRecognised(recognised),
    rowsTotal: rows,
    rows,
    accepted,
    refused: rejected.length,
    created: null,
    duplicates: accepted - domains.length,
    scan: { requested: false, jobs: [] },
    problem: null,
    refusals,
    nextCursor: null,
  }
  return sendData(c, data, { message: 'nothing was stored', status: 202 })
}

function serializeRecognised({ format, headerLine, columns, ...file }: Recognised | RecognisedLeads) {
  const { encoding = null, delimiter = null, sheet = null, sheets = null } = file as Partial<Record<string, unknown>>
  const { domain = null, email = null, company = null } = columns
  return { format, encoding, delimiter, sheet, sheets, headerLine, columns: { domain, email, company } }
}
