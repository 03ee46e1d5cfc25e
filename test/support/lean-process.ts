/** Imports a list or exports all leads in a process of its own, whose heap the parent limits. It answers its peak memory. */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { v7 } from 'uuid'
import { closeDatabase, createDatabase } from '#db/client'
import { exportLeads } from '#exports/export-leads'
import { EXPORT_COLUMNS, type ExportFormat } from '#exports/formats'
import { ingestFile } from '#ingest/ingest-file'
import { systemClock } from '#platform/clock'

const [work, url = '', path = ''] = process.argv.slice(2)
const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: 0 })
const rows = work === 'import' ? await importList() : await exportAll(work as ExportFormat)
await closeDatabase(db)
process.send?.({ rows, peakBytes: process.resourceUsage().maxRSS * 1_024 })
process.disconnect()

async function importList(): Promise<number> {
  const done = await ingestFile({ db, clock: systemClock, newId: v7 }, { path, actor: 'test' })
  return done.rows
}

async function exportAll(format: ExportFormat): Promise<number> {
  const out = createWriteStream(path)
  const input = { query: { sort: 'priority' as const }, columns: EXPORT_COLUMNS, format, language: 'tr' as const }
  const leads = await exportLeads(db, input, async (chunk) => {
    if (!out.write(chunk)) await once(out, 'drain')
  })
  out.end()
  await once(out, 'finish')
  return leads
}
