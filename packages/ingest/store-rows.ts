/** Stores rows of lists as they came, and makes one company of each domain. */
import { asc, inArray } from 'drizzle-orm'
import { toStorableText } from '#db/storable'
import { companies, rawLeads } from '#db/tables'
import type { Transaction } from '#db/transaction'
import type { Verdict } from '#ingest/company-domain'
import type { RowInput } from '#ingest/row'
import { buildCompanyRow } from '#leads/company-row'
import { type ListedCompany, mergeListed } from '#leads/listed/listed-company'
import { saveListed } from '#leads/listed/save-listed'
import type { Domain } from '#signals/normalise'

interface StorableRow {
  line: number
  input: RowInput
  verdict: Verdict
  /** What the row says about the company, besides its domain. */
  listed: ListedCompany
}

interface RowsToStore {
  importId: string
  source: string
  rows: StorableRow[]
  receivedAt: Date
}

/** Returns the domains that became new companies. */
export async function storeRows(
  tx: Transaction,
  { importId, source, rows, receivedAt }: RowsToStore,
): Promise<Set<Domain>> {
  const { ids, created } = await ensureCompanies(tx, listDomains(rows), receivedAt)
  const values = rows.map(({ line, input, verdict }) => ({
    importId,
    source,
    line,
    input: toStorableText(input),
    companyId: 'domain' in verdict ? ids.get(verdict.domain) : null,
    rejected: 'reason' in verdict ? verdict.reason : null,
    receivedAt,
  }))
  await tx.insert(rawLeads).values(values)
  await saveListed(tx, gatherListed(rows, ids), receivedAt)
  return created
}

/** Several rows may name a domain; a later one is the newer. */
function gatherListed(rows: StorableRow[], ids: Map<string, number>): Map<number, ListedCompany> {
  const gathered = new Map<number, ListedCompany>()
  for (const { verdict, listed } of rows) {
    const companyId = 'domain' in verdict ? ids.get(verdict.domain) : undefined
    if (companyId === undefined) continue
    const before = gathered.get(companyId)
    gathered.set(companyId, before ? mergeListed(before, listed) : listed)
  }
  return gathered
}

function listDomains(rows: StorableRow[]): Domain[] {
  const domains = rows.flatMap(({ verdict }) => ('domain' in verdict ? [verdict.domain] : []))
  return [...new Set(domains)].sort() // same lock order as everywhere (domain, ascending)
}

interface EnsuredCompanies {
  ids: Map<string, number>
  created: Set<Domain>
}

async function ensureCompanies(tx: Transaction, domains: Domain[], at: Date): Promise<EnsuredCompanies> {
  if (domains.length === 0) return { ids: new Map(), created: new Set() }
  const rows = domains.map((domain) => buildCompanyRow(domain, at))
  const inserted = await tx.insert(companies).values(rows).onConflictDoNothing().returning({ domain: companies.domain })
  const found = await tx
    .select({ id: companies.id, domain: companies.domain })
    .from(companies)
    .where(inArray(companies.domain, domains))
    .orderBy(asc(companies.domain))
    .for('key share') // an erasure waits until the rows are in, and then removes them, too
  const created = new Set(inserted.map(({ domain }) => domain as Domain))
  if (found.length === domains.length) return { ids: new Map(found.map(({ id, domain }) => [domain, id])), created }
  const again = await ensureCompanies(tx, domains, at) // one was erased between the statements
  return { ids: again.ids, created: created.union(again.created) }
}
