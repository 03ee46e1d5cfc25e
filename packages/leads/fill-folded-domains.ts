/** Fills in the folded domain of companies that an older release saved without one. */
import { and, asc, gt, inArray, isNull, like, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { companies } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { foldDomain } from '#leads/list/fold'

/** Rows that one transaction locks, for some milliseconds. */
const BATCH = 1_000

/**
 * Commits each batch, so that an interrupted run continues where it stopped. Skips rows that another session holds,
 * because that session folds them itself. Returns the number of rows filled.
 */
export async function fillFoldedDomains(db: Database): Promise<number> {
  let filled = 0
  for (let after = 0; ;) {
    const rows = await db
      .select({ id: companies.id, domain: companies.domain })
      .from(companies)
      .where(and(gt(companies.id, after), isNull(companies.domainFolded), like(companies.domain, '%xn--%')))
      .orderBy(asc(companies.id))
      .limit(BATCH)
    const last = rows.at(-1)
    if (!last) return filled
    filled += await fill(db, rows)
    after = last.id
  }
}

async function fill(db: Database, rows: { id: number; domain: string }[]): Promise<number> {
  return runInTransaction(db, async (tx) => {
    const ids = rows.map(({ id }) => id)
    const free = await tx
      .select({ id: companies.id, domain: companies.domain })
      .from(companies)
      .where(and(inArray(companies.id, ids), isNull(companies.domainFolded)))
      .for('update', { skipLocked: true })
    const folds = free.flatMap(({ id, domain }) => {
      const folded = foldDomain(domain)
      return folded === null ? [] : [{ id, folded }]
    })
    if (folds.length === 0) return 0
    await tx.execute(sql`
      update companies set domain_folded = given.folded
        from jsonb_to_recordset(${JSON.stringify(folds)}::jsonb) as given (id bigint, folded text)
       where companies.id = given.id`)
    return folds.length
  })
}
