/** Takes in one company by its domain. */
import { nameLead, recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import { judgeCells } from '#ingest/company-domain'
import { gatherCells, recogniseCells } from '#ingest/listed-cells'
import { storeRows } from '#ingest/store-rows'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { Domain } from '#signals/normalise'

interface IngestDomainDeps {
  db: Database
  clock: Clock
  newId: () => string
}

interface IngestDomainInput {
  /** As it was typed: a domain, a host, a URL or an e-mail address. */
  text: string
  /** Where the caller has it from. */
  source: string
  /** What the caller knows besides; kept as it came. */
  fields: Record<string, string>
  actor: string
  requestId?: string | undefined
}

export interface IngestedDomain {
  importId: string
  domain: Domain
  /** False: the company was known before. */
  created: boolean
}

/** @throws AppError DOMAIN_INVALID, also for a domain that belongs to a mail provider, a social network or a shortener */
export async function ingestDomain(
  { db, clock, newId }: IngestDomainDeps,
  { text, source, fields, actor, requestId }: IngestDomainInput,
  also?: AlsoSave<IngestedDomain>,
): Promise<IngestedDomain> {
  const verdict = judgeCells(text, '')
  if ('reason' in verdict) {
    const fields = [{ field: 'domain', message: `must be a company: ${verdict.reason.replace(/^not a \w+: /, '')}` }]
    throw new AppError('DOMAIN_INVALID', verdict.reason, { details: { fields } })
  }
  const { domain } = verdict
  const importId = newId()
  const listed = gatherCells(recogniseCells(fields), text)
  const row = { line: 1, input: { ...fields, domain: text }, verdict, listed }
  return runInTransaction(db, async (tx) => {
    const created = await storeRows(tx, { importId, source, rows: [row], receivedAt: clock.now() })
    const ingested = { importId, domain, created: created.has(domain) }
    const details = { import: importId, source, created: ingested.created }
    await recordAudit(tx, { actor, action: 'domain.ingested', object: nameLead(domain), details, requestId })
    await also?.(tx, ingested)
    return ingested
  })
}
