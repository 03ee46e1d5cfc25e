/** Removes the rows that are about a domain, in one transaction with its caller's work. */
import { eq, sql } from 'drizzle-orm'
import { companies, idempotencyKeys, partnerCenterReferrals, rawLeads, scanJobDomains } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { ERASED, matchText } from '#leads/erasure/refused-rows'
import type { Domain } from '#signals/normalise'

export interface RemovedRows {
  /** 0 or 1; scans, score, history and alerts go with it. */
  companies: number
  /** Rows of imported lists. */
  importedRows: number
  /** Inputs of bulk scans; their rows stay, without input and domain, so that the job's counts stay true. */
  scanInputs: number
  /** Answers that were kept to be sent again. */
  keptAnswers: number
}

/**
 * Locks the open batches first and the company second, in the order of a batch's own commit: a batch that is under way
 * either commits before, and its lead is removed, or finds its domain gone. `hasReferrals`: false in a database that an
 * older release left.
 */
export async function removeRows(
  tx: Transaction,
  domain: Domain,
  { hasReferrals }: { hasReferrals: boolean },
): Promise<RemovedRows> {
  await lockOpenBatches(tx, domain)
  const [company] = await tx
    .select({ id: companies.id })
    .from(companies)
    .where(eq(companies.domain, domain))
    .for('update')
  const scanInputs = await blankScanInputs(tx, domain) // the schedule names the domain in no new job while its company is held
  if (company && hasReferrals) await forgetReferrals(tx, company.id)
  const rows = company ? await tx.delete(rawLeads).where(eq(rawLeads.companyId, company.id)) : undefined
  if (company) await tx.delete(companies).where(eq(companies.id, company.id))
  return {
    companies: company ? 1 : 0,
    importedRows: rows?.rowCount ?? 0,
    scanInputs,
    keptAnswers: await removeAnswers(tx, domain),
  }
}

/** Their ids stay, so that the next sync does not bring the company back. */
async function forgetReferrals(tx: Transaction, companyId: number): Promise<void> {
  await tx
    .update(partnerCenterReferrals)
    .set({ companyId: null, rawLeadId: null, tenantId: null, engagementId: null, domainMissing: 'erased' })
    .where(eq(partnerCenterReferrals.companyId, companyId))
}

async function lockOpenBatches(tx: Transaction, domain: Domain): Promise<void> {
  await tx.execute(sql`
    select from scan_batches
     where state in ('unsent', 'queued')
       and (job_id, number) in (select job_id, batch from scan_job_domains where domain = ${domain})
     order by job_id, number
       for update`)
}

/** An input without a domain belongs to no batch and counts as failed; a retry of the job leaves it out. */
async function blankScanInputs(tx: Transaction, domain: Domain): Promise<number> {
  const { rowCount } = await tx
    .update(scanJobDomains)
    .set({
      input: '',
      domain: null,
      batch: null,
      outcome: 'failed',
      reason: ERASED,
      message: null,
      finishedAt: sql`coalesce(${scanJobDomains.finishedAt}, now())`,
    })
    .where(eq(scanJobDomains.domain, domain))
  return rowCount ?? 0
}

/**
 * An answer about one company has its domain beside it; one about an import shows refused rows, and a key may be any text.
 * Each search has an index of its own, because an OR over them would read every answer of the day.
 */
async function removeAnswers(tx: Transaction, domain: Domain): Promise<number> {
  const { made, key, body } = idempotencyKeys
  const searches = [
    sql`${made} ->> 'domain' = ${domain}`,
    sql`${body} is not null and lower(${key}) like ${`%${domain}%`}`,
    sql`${body} is not null and ${made} ?| array['importId', 'id'] and ${matchText(sql`${body}`, domain)}`,
  ]
  let removed = 0
  for (const which of searches) removed += (await tx.delete(idempotencyKeys).where(which)).rowCount ?? 0
  return removed
}
