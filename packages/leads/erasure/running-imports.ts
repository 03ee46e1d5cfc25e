/** Keeps imports that are under way from bringing an erased company back. */
import { createHash } from 'node:crypto'
import { isNull, sql } from 'drizzle-orm'
import { imports } from '#db/tables'
import type { Transaction } from '#db/transaction'
import type { Domain } from '#signals/normalise'

/** Waits for the chunks that are being stored. Call it before the company is locked, in the order of an import. */
export async function warnImports(tx: Transaction, domain: Domain): Promise<void> {
  const running = await tx
    .select({ id: imports.id })
    .from(imports)
    .where(isNull(imports.finishedAt))
    .orderBy(imports.id)
    .for('update')
  for (const { id } of running) {
    await tx
      .update(imports)
      .set({ erased: sql`array_append(${imports.erased}, ${hashErased(id, domain)})` })
      .where(sql`${imports.id} = ${id}`)
  }
}

/** Hashes the name for one import alone, so that equal companies of two imports cannot be told. */
export function hashErased(importId: string, name: string): string {
  return createHash('sha256').update(`${importId}\n${name}`).digest('hex')
}
