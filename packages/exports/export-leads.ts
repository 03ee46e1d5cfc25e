/** Owns exports: writes a list of leads, whole and in its order, as a file, and holds one page of it at a time. */
import { sql } from 'drizzle-orm'
import type { Database, Queryable } from '#db/client'
import { runInTransaction } from '#db/transaction'
import { type Cell, getHeadings, readCells, type Table } from '#exports/columns'
import { type Delimiter, type ExportColumn, type ExportFormat, NETWORK_COLUMNS } from '#exports/formats'
import { findAddresses } from '#leads/list/find-addresses'
import { listFieldNames } from '#leads/list/list-field-names'
import type { LeadFilters } from '#leads/list/lead-filters'
import { type LeadPage, listLeads } from '#leads/list/list-leads'
import type { LeadSort } from '#leads/list/lead-order'
import type { SalesLanguage } from '#leads/sales/summary'

interface ExportInput {
  query: LeadFilters & { sort: LeadSort }
  columns: readonly ExportColumn[]
  format: ExportFormat
  /** Language of the headings. */
  language: SalesLanguage
  /** Separates the cells of a CSV: `;` by default for Turkish, and `,` for English. */
  delimiter?: Delimiter | undefined
  /** How long it may take, with the time that `write` takes. */
  timeoutMs?: number
  onProgress?: (leads: number) => void
}

/** Leads per statement. */
const PAGE = 1_000

/**
 * Reads every page from one snapshot, so that a lead that a scan moves meanwhile is neither lost nor written twice.
 * Stops as soon as `write` throws. Returns the number of leads. @throws AppError EXPORT_TOO_LARGE
 */
export async function exportLeads(
  db: Database,
  { query, columns, format, language, delimiter, timeoutMs, onProgress }: ExportInput,
  write: (chunk: Buffer) => void | Promise<void>,
): Promise<number> {
  const encode = await loadFormat(format, delimiter ?? (language === 'tr' ? ';' : ','))
  return runInTransaction(
    db,
    async (tx) => {
      // a person may take time to read a pipe; without a limit of its own, the session's stays
      if (timeoutMs !== undefined) {
        await tx.execute(sql.raw(`set local idle_in_transaction_session_timeout = ${Math.round(timeoutMs)}`))
      }
      const fieldNames = columns.includes('fields') ? await listFieldNames(tx, query) : []
      const chosen = { columns, fieldNames }
      const showsNetworks = NETWORK_COLUMNS.some((name) => columns.includes(name))
      let leads = 0
      async function* readPages(): AsyncGenerator<Cell[][]> {
        for await (const page of walkPages(tx, query)) {
          const domains = page.leads.map(({ domain }) => domain)
          const found = showsNetworks ? await findAddresses(tx, domains) : undefined
          yield page.leads.map((lead) => readCells(chosen, { ...lead, addresses: found?.get(lead.domain) }))
          leads += page.leads.length
          onProgress?.(leads)
        }
      }
      for await (const chunk of encode({ headings: getHeadings(chosen, language), pages: readPages() })) {
        await write(chunk)
      }
      return leads
    },
    // what `write` has sent cannot be undone
    { isSnapshot: true, tries: 1, ...(timeoutMs !== undefined && { timeoutMs }) },
  )
}

async function loadFormat(
  format: ExportFormat,
  delimiter: Delimiter,
): Promise<(table: Table) => AsyncIterable<Buffer>> {
  if (format === 'xlsx') return (await import('#exports/xlsx')).writeXlsx
  const { writeCsv } = await import('#exports/csv')
  return (table) => writeCsv(table, delimiter)
}

async function* walkPages(db: Queryable, query: ExportInput['query']): AsyncGenerator<LeadPage> {
  let cursor: string | undefined
  do {
    const page = await listLeads(db, { ...query, limit: PAGE, cursor })
    yield page
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
}
