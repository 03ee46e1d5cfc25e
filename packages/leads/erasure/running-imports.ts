/** Keeps imports that are under way, or may go on, from bringing an erased company back. */
import { createHash } from 'node:crypto'
import { and, eq, gt, isNotNull, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import { imports } from '#db/tables'
import type { Transaction } from '#db/transaction'
import type { Domain } from '#signals/normalise'

/** The bucket deletes a list before, so that no run reads it later. */
export const LIST_DAYS_MAX = 3

const findOldest = (at: Date) => new Date(at.getTime() - LIST_DAYS_MAX * 86_400_000)

/** Imports whose columns no run needs any more. */
export function hasEnded(at: Date): SQL | undefined {
  return or(isNotNull(imports.finishedAt), lte(imports.createdAt, findOldest(at)))
}

/**
 * Waits for the chunks that are being stored. Call it before the company is locked, in the order of an import. A failed
 * import of an upload may go on after a redrive. Older imports forget their hashes.
 */
export async function warnImports(tx: Transaction, domain: Domain, erasedAt: Date): Promise<void> {
  const { id, createdAt, finishedAt, state, upload, erased } = imports
  const oldest = findOldest(erasedAt)
  const mayGoOn = or(isNull(finishedAt), and(eq(state, 'failed'), isNotNull(upload)))
  const held = await tx
    .select({ id, createdAt })
    .from(imports)
    .where(or(and(gt(createdAt, oldest), mayGoOn), sql`${erased} <> '{}'`))
    .orderBy(id)
    .for('update')
  for (const one of held) {
    const more = sql`array_append(${erased}, ${hashErased(one.id, domain)})`
    await tx
      .update(imports)
      .set({ erased: one.createdAt > oldest ? more : [] })
      .where(eq(id, one.id))
  }
}

interface WarnedImport {
  id: string
  erased: string[]
}

/** Tells whether a name is that of a company which was erased meanwhile. */
export function includesErased({ id, erased }: WarnedImport, names: string[] | null): boolean {
  return erased.length > 0 && (names ?? []).some((name) => erased.includes(hashErased(id, name)))
}

/** Hashes the name for one import alone, so that equal companies of two imports cannot be told. */
function hashErased(importId: string, name: string): string {
  return createHash('sha256').update(`${importId}\n${name}`).digest('hex')
}
