/** The quota of a key: how many of its domains may be open at once, which is neither scanned nor given up nor cancelled. */
import { and, eq, inArray, sql, sum } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { scanBatches } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { AppError } from '#platform/errors'
import { formatCount } from '#platform/count-text'

interface OpenDomainsInput {
  /** None: the command line, which has no quota. */
  keyid: string | null
  /** How many more are to be opened. */
  requested: number
  /** Absent: as many as it likes. */
  limit: number | undefined
}

/**
 * Blocks other calls that open domains of the key until the transaction ends, so that two cannot both take the last room.
 * @throws AppError OPEN_DOMAINS_LIMIT
 */
export async function reserveDomains(tx: Transaction, { keyid, requested, limit }: OpenDomainsInput): Promise<void> {
  if (keyid === null || limit === undefined || requested === 0) return
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`hunter open domains ${keyid}`}, 0))`)
  const open = await countOpenDomains(tx, keyid)
  if (open + requested <= limit) return
  const free = Math.max(0, limit - open)
  throw new AppError(
    'OPEN_DOMAINS_LIMIT',
    `the key has ${formatCount(open, 'open domain')} of at most ${limit}, which leaves no room for ${requested} more`,
    { details: { limit, open, requested, free } },
  )
}

/** A batch is open as a whole: its domains end with it, in one transaction. Reads the index of open batches alone. */
export async function countOpenDomains(db: Queryable, keyid: string): Promise<number> {
  const [row] = await db
    .select({ open: sum(scanBatches.domains) })
    .from(scanBatches)
    .where(and(eq(scanBatches.keyid, keyid), inArray(scanBatches.state, ['unsent', 'queued'])))
  return Number(row?.open ?? 0)
}
