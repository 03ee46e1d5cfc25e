/** Answers a list of leads as a file. The first export loads this file. */
import type { Context } from 'hono'
import type * as z from 'zod/mini'
import type { ApiEnv } from '#api/http/context'
import { sendFile } from '#api/http/file'
import { negotiateLanguage } from '#api/http/language'
import { type exportQuery, toLeadFilters } from '#api/leads/inputs'
import type { Database } from '#db/client'
import { DEFAULT_COLUMNS } from '#exports/columns'
import { exportLeads } from '#exports/export-leads'
import { MEDIA_TYPES } from '#exports/formats'
import { AppError } from '#platform/errors'

/** A function answers at most 6 MB, and a file that is no text grows by a third on its way. */
const BYTES_MAX = 3_000_000

/** @throws AppError EXPORT_TOO_LARGE */
export async function sendExport(c: Context<ApiEnv>, db: Database, input: z.output<typeof exportQuery>) {
  const { format, columns = DEFAULT_COLUMNS, delimiter, ...query } = toLeadFilters(input)
  // a table is read by programs, too: a comma is what they expect
  const language = negotiateLanguage(c, 'en')
  const chunks: Buffer[] = []
  let bytes = 0
  await exportLeads(db, { query, columns, format, language, delimiter }, (chunk) => {
    bytes += chunk.length
    if (bytes > BYTES_MAX) throw tooLarge()
    chunks.push(chunk)
  })
  const day = c.get('clock').now().toISOString().slice(0, 10)
  const type = format === 'csv' ? `${MEDIA_TYPES.csv}; charset=utf-8` : MEDIA_TYPES[format]
  return sendFile(c, Buffer.concat(chunks), { name: `leads-${day}.${format}`, type })
}

function tooLarge(): AppError {
  return new AppError('EXPORT_TOO_LARGE', 'the file is larger than the 3 MB of an answer', {
    details: { bytes_max: BYTES_MAX },
  })
}
