/** Looks up the leads of many names at once, in one statement. */
import { inArray } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { leadsReady } from '#db/tables'
import { LEAD, type LeadRow } from '#leads/list/list-leads'
import { AppError } from '#platform/errors'
import { type Domain, normaliseDomain } from '#signals/normalise'

export const LOOKUP_DOMAINS_MAX = 100

interface Lookup {
  /** Each domain once, under the first text that names it, in the order of the texts. */
  leads: (LeadRow & { input: string })[]
  /** Domains that no scan has saved. */
  missing: { input: string; domain: Domain }[]
  invalid: { input: string; reason: string; message: string }[]
  /** Texts that name a domain another time. */
  duplicates: number
}

export async function lookUpLeads(db: Queryable, inputs: readonly string[]): Promise<Lookup> {
  const named = new Map<Domain, string>()
  const invalid: Lookup['invalid'] = []
  let duplicates = 0
  for (const input of inputs) {
    const read = readDomain(input)
    if ('reason' in read) invalid.push({ input, ...read })
    else if (named.has(read.domain)) duplicates += 1
    else named.set(read.domain, input)
  }
  const rows = await db
    .select(LEAD)
    .from(leadsReady)
    .where(inArray(leadsReady.domain, [...named.keys()]))
  const found = new Map(rows.map(({ companyId: _companyId, ...lead }) => [lead.domain, lead]))
  const leads: Lookup['leads'] = []
  const missing: Lookup['missing'] = []
  for (const [domain, input] of named) {
    const lead = found.get(domain)
    if (lead) leads.push({ input, ...lead })
    else missing.push({ input, domain })
  }
  return { leads, missing, invalid, duplicates }
}

function readDomain(input: string): { domain: Domain } | { reason: string; message: string } {
  try {
    return { domain: normaliseDomain(input) }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    const reason = thrown.details?.['reason']
    return { reason: typeof reason === 'string' ? reason : thrown.code, message: thrown.message }
  }
}
