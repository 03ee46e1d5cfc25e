import { and, eq, sql } from 'drizzle-orm'
import { auditLog, imports } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { matchText } from '#leads/erasure/refused-rows'
import { hasEnded } from '#leads/erasure/running-imports'
import type { Domain } from '#signals/normalise'

const FORGOTTEN = 'an erasure removed what this problem said'

/** Takes the place of what names columns and sheets, and of what a failure said of them. */
export const FORGOTTEN_COLUMNS = {
  options: {},
  recognised: sql`${imports.recognised} - 'sheet' - 'sheets' || '{"columns": {}}'`,
  problem: sql`${imports.problem} || jsonb_build_object('message', ${FORGOTTEN}::text)`,
}

/** Removes what names the company of imports that have ended; the others need their columns until then. */
export async function forgetColumns(tx: Transaction, domain: Domain, erasedAt: Date): Promise<void> {
  const { options, recognised, problem } = imports
  // the expression of an index
  const said = sql`${options}::text || ' ' || coalesce(${recognised}::text, '') || ' ' || coalesce(${problem}::text, '')`
  await tx
    .update(imports)
    .set(FORGOTTEN_COLUMNS)
    .where(and(hasEnded(erasedAt), matchText(said, domain)))
  const { action, details } = auditLog
  await tx
    .update(auditLog)
    .set({ details: sql`${details} - 'column'` })
    .where(and(eq(action, 'list.imported'), matchText(sql`${details} ->> 'column'`, domain)))
}
