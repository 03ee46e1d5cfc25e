/** Removes every row that names a domain, in one transaction with its caller's work. */
import { domainToUnicode } from 'node:url'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { companies, idempotencyKeys, rawLeads, scanJobDomains } from '#db/tables'
import type { Transaction } from '#db/transaction'
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
 * either commits before, and its lead is removed, or finds its domain gone.
 */
export async function removeRows(tx: Transaction, domain: Domain): Promise<RemovedRows> {
  await lockOpenBatches(tx, domain)
  const [company] = await tx
    .select({ id: companies.id })
    .from(companies)
    .where(eq(companies.domain, domain))
    .for('update')
  const scanned = await blankScanInputs(tx, domain) // the schedule names the domain in no new job while its company is held
  const accepted = company ? await tx.delete(rawLeads).where(eq(rawLeads.companyId, company.id)) : undefined
  const named = createNamedPattern(domain)
  const refused = await tx
    .delete(rawLeads)
    .where(
      and(
        isNull(rawLeads.companyId),
        sql`regexp_replace(${rawLeads.input}::text, ${JSON_ESCAPE}, ' ', 'g') ~* ${named}`,
      ),
    )
  const refusedInputs = await tx
    .update(scanJobDomains)
    .set({ input: '', message: null, reason: ERASED })
    .where(and(isNull(scanJobDomains.domain), sql`${scanJobDomains.input} ~* ${named}`))
  if (company) await tx.delete(companies).where(eq(companies.id, company.id))
  const answers = await tx.delete(idempotencyKeys).where(sql`${idempotencyKeys.made} ->> 'domain' = ${domain}`)
  return {
    companies: company ? 1 : 0,
    importedRows: (accepted?.rowCount ?? 0) + (refused.rowCount ?? 0),
    scanInputs: scanned + (refusedInputs.rowCount ?? 0),
    keptAnswers: answers.rowCount ?? 0,
  }
}

/** JSON writes a line break between two names as `\\n`, whose letter would join the second one. */
const JSON_ESCAPE = String.raw`\\(["\\/bfnrt]|u[0-9a-f]{4})`

/** Reason of an input that an erasure emptied. */
const ERASED = 'LEAD_ERASED'

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

/** A regular expression that finds the domain, or a host below it, as a whole name, in punycode and in Unicode. */
function createNamedPattern(domain: Domain): string {
  const spellings = [...new Set([domain, domainToUnicode(domain)])].filter((spelling) => spelling !== '')
  const names = spellings.map((spelling) => spelling.replace(/[^\p{L}\p{N}-]/gu, '\\$&')).join('|')
  return `(^|[^[:alnum:]-])(${names})($|[^[:alnum:].-]|\\.($|[^[:alnum:]-]))`
}
