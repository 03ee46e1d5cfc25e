import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { auditLog, imports } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { matchText } from '#leads/erasure/refused-rows'
import type { Domain } from '#signals/normalise'

const FORGOTTEN = 'an erasure removed what this problem said'

/** Removes the names of columns and sheets, and what a failure said of them, where they name the company. */
export async function forgetColumns(tx: Transaction, domain: Domain): Promise<void> {
  const { options, recognised, problem, finishedAt } = imports
  await tx
    .update(imports)
    .set({
      options: {},
      recognised: sql`${recognised} - 'sheet' - 'sheets' || '{"columns": {}}'`,
      problem: sql`${problem} || jsonb_build_object('message', ${FORGOTTEN}::text)`,
    })
    .where(and(isNotNull(finishedAt), matchText(sql`concat_ws(' ', ${options}, ${recognised}, ${problem})`, domain)))
  const { action, details } = auditLog
  await tx
    .update(auditLog)
    .set({ details: sql`${details} - 'column'` })
    .where(and(eq(action, 'list.imported'), matchText(sql`${details} ->> 'column'`, domain)))
}
