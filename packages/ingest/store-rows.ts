/**
 * Stores rows of lists as they came, and makes one company of each domain. Rows travel as one JSON parameter: drizzle and
 * Postgres spend more time on thousands of parameters than on the rows.
 */
import { asc, inArray, sql } from 'drizzle-orm'
import { toStorableText } from '#db/storable'
import { companies } from '#db/tables'
import type { Transaction } from '#db/transaction'
import type { Verdict } from '#ingest/company-domain'
import type { RowInput } from '#ingest/row'
import { listNames } from '#leads/erasure/list-names'
import { foldDomain } from '#leads/list/fold'
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
    line,
    input: toStorableText(input),
    company_id: 'domain' in verdict ? ids.get(verdict.domain) : null,
    rejected: 'reason' in verdict ? verdict.reason : null,
    names: 'reason' in verdict ? listNames(input) : undefined,
  }))
  await tx.execute(sql`
    insert into raw_leads (import_id, source, line, input, company_id, rejected, names, received_at)
    select ${importId}, ${source}, line, input, company_id, rejected, names, ${receivedAt.toISOString()}
      from json_to_recordset(${JSON.stringify(values)})
        as given (line integer, input jsonb, company_id bigint, rejected text, names text[])`)
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
  const added = await insertCompanies(tx, domains, at)
  const created = new Set(added.keys())
  const known = domains.filter((domain) => !created.has(domain))
  if (known.length === 0) return { ids: added, created }
  const found = await tx
    .select({ id: companies.id, domain: companies.domain })
    .from(companies)
    .where(inArray(companies.domain, known))
    .orderBy(asc(companies.domain))
    .for('key share') // an erasure waits until the rows are in, and then removes them, too
  const ids = new Map([...added, ...found.map(({ id, domain }): [Domain, number] => [domain as Domain, id])])
  const erased = known.filter((domain) => !ids.has(domain)) // an erasure came between the statements
  if (erased.length === 0) return { ids, created }
  const again = await ensureCompanies(tx, erased, at)
  return { ids: new Map([...ids, ...again.ids]), created: created.union(again.created) }
}

/** Returns the ids of those that are new. */
async function insertCompanies(tx: Transaction, domains: Domain[], at: Date): Promise<Map<Domain, number>> {
  const values = domains.map((domain) => ({ domain, folded: foldDomain(domain) }))
  const { rows } = await tx.execute<{ id: string; domain: Domain }>(sql`
    insert into companies (domain, domain_folded, created_at, updated_at)
    select domain, folded, ${at.toISOString()}, ${at.toISOString()}
      from json_to_recordset(${JSON.stringify(values)}) as given (domain text, folded text)
        on conflict do nothing returning id, domain`)
  return new Map(rows.map(({ id, domain }) => [domain, Number(id)]))
}
