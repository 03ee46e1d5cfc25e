import { eq } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { companies } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { AppError } from '#platform/errors'
import type { Domain } from '#signals/normalise'

/** Returns the id of a known company, which `holdCompany` compares at the end of a scan. */
export async function findCompanyId(db: Queryable, domain: Domain): Promise<number | undefined> {
  const [row] = await db.select({ id: companies.id }).from(companies).where(eq(companies.domain, domain))
  return row?.id
}

/**
 * Keeps the company from being erased until the transaction ends. @throws AppError LEAD_ERASED when it was erased since
 * it was read, or is another one than `id`
 */
export async function holdCompany(tx: Transaction, domain: Domain, id?: number): Promise<void> {
  const rows = await tx.select({ id: companies.id }).from(companies).where(eq(companies.domain, domain)).for('update')
  if (rows[0] && (id === undefined || rows[0].id === id)) return
  throw new AppError('LEAD_ERASED', `${domain} was erased while it was scanned; nothing of the scan was stored`)
}
