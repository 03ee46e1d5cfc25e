/** Answers a list of leads as a file. The first export loads this file. */
import type { Context } from 'hono'
import type * as z from 'zod/mini'
import type { ApiEnv } from '#api/http/context'
import { formatDisposition, sendFile } from '#api/http/file'
import { negotiateLanguage } from '#api/http/language'
import { type exportQuery, toLeadFilters } from '#api/leads/inputs'
import { runWithinBudget } from '#db/budget'
import type { Database } from '#db/client'
import { exportLeads } from '#exports/export-leads'
import { DEFAULT_COLUMNS, MEDIA_TYPES } from '#exports/formats'
import { AppError } from '#platform/errors'
import type { TransferBucket } from '#transfers/bucket'
import type { Download } from '#transfers/downloads'

export interface ExportDeps {
  db: Database
  newId: () => string
  openTransfers: () => Promise<TransferBucket>
}

/** A function answers at most 6 MB, and a file that is no text grows by a third on its way. */
const ANSWER_BYTES_MAX = 3_000_000

/** The function has 25 s: what is left serves the last parts of the file and the answer. */
const WRITE_MS = 18_000
const DATABASE_MS = 20_000

/** Answers the file, or with 303 to its place when it is large. @throws AppError EXPORT_TOO_LARGE, STORAGE_UNAVAILABLE */
export async function sendExport(c: Context<ApiEnv>, deps: ExportDeps, input: z.output<typeof exportQuery>) {
  const { format, columns = DEFAULT_COLUMNS, delimiter, ...query } = toLeadFilters(input)
  // a table is read by programs, too: a comma is what they expect
  const language = negotiateLanguage(c, 'en')
  const day = c.get('clock').now().toISOString().slice(0, 10)
  const type = format === 'csv' ? `${MEDIA_TYPES.csv}; charset=utf-8` : MEDIA_TYPES[format]
  const file = collectFile(c, deps, { name: `leads-${day}.${format}`, type })
  const wanted = { query, columns, format, language, delimiter }
  try {
    const options = { ...wanted, timeoutMs: DATABASE_MS }
    await runWithinBudget(DATABASE_MS, () => exportLeads(deps.db, options, file.write))
    return await file.answer()
  } catch (thrown) {
    await file.abort().catch(() => undefined) // the bucket itself removes the parts within a day
    throw thrown
  }
}

/** Holds the file while it fits into an answer, and from there on writes it to the bucket. */
function collectFile(
  c: Context<ApiEnv>,
  { newId, openTransfers }: ExportDeps,
  { name, type }: { name: string; type: string },
) {
  const clock = c.get('clock')
  const endsAt = clock.now().getTime() + WRITE_MS
  let held: Buffer[] = []
  let heldBytes = 0
  let download: Download | undefined

  async function begin(): Promise<Download> {
    const [bucket, { startDownload }] = await Promise.all([openTransfers(), import('#transfers/downloads')])
    const method = c.req.method === 'HEAD' ? 'HEAD' : 'GET'
    return startDownload(bucket, { id: newId(), type, disposition: formatDisposition(name), method })
  }

  async function write(chunk: Buffer): Promise<void> {
    if (clock.now().getTime() > endsAt) throw tooLong()
    if (download) return download.write(chunk)
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes <= ANSWER_BYTES_MAX) return
    download = await begin()
    const start = Buffer.concat(held)
    held = []
    await download.write(start)
  }

  async function answer(): Promise<Response> {
    if (!download) return sendFile(c, Buffer.concat(held), { name, type })
    c.header('Cache-Control', 'no-store')
    return c.redirect(await download.finish(), 303)
  }

  return { write, answer, abort: async () => download?.abort() }
}

function tooLong(): AppError {
  return new AppError('EXPORT_TOO_LARGE', `the file takes longer than ${WRITE_MS / 1_000} s to write`)
}
