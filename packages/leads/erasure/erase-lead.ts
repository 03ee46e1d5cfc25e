/** Owns the erasure of a company with everything that names it (KVKK article 7, GDPR article 17). */
import { eq } from 'drizzle-orm'
import { nameLead, recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { auditLog, erasures } from '#db/tables'
import { type AlsoSave, runInTransaction, type Transaction } from '#db/transaction'
import { forgetColumns } from '#leads/erasure/forget-columns'
import type { ErasureKey } from '#leads/erasure/hash-domain'
import { eraseRefusals } from '#leads/erasure/refused-rows'
import { removeRows, type RemovedRows } from '#leads/erasure/remove-rows'
import { warnImports } from '#leads/erasure/running-imports'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { Domain } from '#signals/normalise'

interface EraseDeps {
  db: Database
  clock: Clock
  newId: () => string
  key: ErasureKey
}

export interface Erasure extends RemovedRows {
  id: string
  erasedAt: Date
}

/**
 * Removes a company and all that names it, in one transaction that also records the erasure. The audit log keeps who did
 * what and when, under the hash of the domain. @throws AppError LEAD_NOT_FOUND when nothing names the domain
 */
export async function eraseLead(
  { db, clock, newId, key }: EraseDeps,
  { domain, actor, requestId }: { domain: Domain; actor: string; requestId?: string | undefined },
  also?: AlsoSave<Erasure>,
): Promise<Erasure> {
  const [id, erasedAt, domainHash] = [newId(), clock.now(), key.hash(domain)]
  return runInTransaction(db, async (tx) => {
    await warnImports(tx, domain, erasedAt)
    const rows = await removeRows(tx, domain, { hasReferrals: true })
    const refused = await eraseRefusals(tx, domain)
    const removed = {
      ...rows,
      importedRows: rows.importedRows + refused.importedRows,
      scanInputs: rows.scanInputs + refused.scanInputs,
    }
    const found = Object.values(removed).some((count: number) => count > 0)
    if (!found) throw new AppError('LEAD_NOT_FOUND', `Hunter stores nothing about ${domain}`, { details: { domain } })
    await forgetColumns(tx, domain, erasedAt)
    const object = await hideInAudit(tx, domain, domainHash)
    await tx.insert(erasures).values({ id, domainHash, keyId: key.id, erasedAt })
    await recordAudit(tx, { actor, action: 'lead.erased', object, details: { ...removed }, requestId })
    const erasure = { id, erasedAt, ...removed }
    await also?.(tx, erasure)
    return erasure
  })
}

/** Gives the entries about a company its hash for a name, without what they say of it, and answers that name. */
export async function hideInAudit(tx: Transaction, domain: Domain, domainHash: Buffer): Promise<string> {
  const object = nameLead(domainHash.toString('hex'))
  await tx
    .update(auditLog)
    .set({ object, details: {} })
    .where(eq(auditLog.object, nameLead(domain)))
  return object
}
