/** Names the refused rows that an older release stored without names. */
import { isNull, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { runInTransaction, type Transaction } from '#db/transaction'
import { listNames } from '#leads/erasure/list-names'
import { readBatch, REFUSED, type RefusedRow, type RefusedRows } from '#leads/erasure/refused-rows'

/**
 * Commits each batch, so that an interrupted run continues where it stopped. Skips rows that another session holds.
 * Returns the number of rows named. `isOver`: the rest is for the next run, and an erasure reads it itself meanwhile.
 */
export async function fillNames(db: Database, isOver = () => false): Promise<number> {
  let filled = 0
  for (const place of REFUSED) {
    for (let after: RefusedRow | undefined; ;) {
      const { named, last } = await runInTransaction(db, (tx) => fillBatch(tx, place, after))
      filled += named
      if (!last) break
      if (isOver()) return filled
      after = last
    }
  }
  return filled
}

async function fillBatch(tx: Transaction, place: RefusedRows, after: RefusedRow | undefined) {
  const { table } = place
  const held = await readBatch(tx, place, { after, which: isNull(table.names), lock: sql`for update skip locked` })
  const named = held.flatMap(({ ctid, input }) => {
    const names = listNames(input)
    return names === null ? [] : [{ ctid, names }]
  })
  await tx.execute(sql`
    update ${table} set names = given.names
      from jsonb_to_recordset(${JSON.stringify(named)}::jsonb) as given (ctid tid, names text[])
     where ${table}.ctid = given.ctid`)
  return { named: named.length, last: held.at(-1) }
}
