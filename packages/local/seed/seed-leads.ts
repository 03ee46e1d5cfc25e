import { count, sql } from 'drizzle-orm'
import { AppError } from '#platform/errors'
import type { Database } from '#db/client'
import { companies, leadScores, scans } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import { buildCompanyRow } from '#leads/company-row'
import { assessLead } from '#leads/assess'
import { type Lead, buildScanRow, buildScoreRow } from '#leads/store'
import { inventSignals } from '#local/seed/invent-signals'
import { formatCount } from '#platform/count-text'

interface SeedInput {
  leads: number
  now: Date
  /** Accepts a database that already has companies. */
  addToOthers: boolean
  onProgress?: (done: number) => void
}

const BATCH = 500

/** The schedule would ask the DNS about companies that do not exist. */
const NEVER = sql`'infinity'::timestamptz`

/**
 * Fills a database with invented leads, scored as scanned ones are. The same number is always the same company, and
 * existing companies stay unchanged. Returns how many are new.
 * @throws AppError DATABASE_NOT_EMPTY
 */
export async function seedLeads(db: Database, { leads, now, addToOthers, onProgress }: SeedInput): Promise<number> {
  if (!addToOthers) await refuseOthers(db)
  let added = 0
  for (let start = 0; start < leads; start += BATCH) {
    const end = Math.min(start + BATCH, leads)
    const batch = Array.from({ length: end - start }, (_, at) => assessLead(inventSignals(start + at, now)))
    added += await runInTransaction(db, (tx) => insertNew(tx, batch))
    onProgress?.(end)
  }
  return added
}

async function refuseOthers(db: Database): Promise<void> {
  const [row] = await db.select({ there: count() }).from(companies)
  if (row && row.there > 0)
    throw new AppError(
      'DATABASE_NOT_EMPTY',
      `the database already has ${formatCount(row.there, 'company', 'companies')}`,
    )
}

/** Runs three statements per batch, ordered by domain: the same lock order as everywhere. */
async function insertNew(tx: Transaction, batch: Lead[]): Promise<number> {
  const ordered = batch.toSorted((one, other) => (one.domain < other.domain ? -1 : 1))
  const made = await tx
    .insert(companies)
    .values(ordered.map(({ domain, signals }) => buildCompanyRow(domain, new Date(signals.at))))
    .onConflictDoNothing()
    .returning({ companyId: companies.id, domain: companies.domain })
  if (made.length === 0) return 0
  const leadOf = new Map<string, Lead>(batch.map((lead) => [lead.domain, lead]))
  const rows = made.map(({ companyId, domain }) => ({ companyId, lead: leadOf.get(domain) as Lead }))
  await tx
    .insert(scans)
    .values(rows.map(({ companyId, lead }) => ({ companyId, ...buildScanRow(lead), nextScanAt: NEVER })))
  await tx.insert(leadScores).values(rows.map(({ companyId, lead }) => ({ companyId, ...buildScoreRow(lead) })))
  return made.length
}
