import type { BeforeSwap } from '#backups/restore/before-swap'
import { closeDatabase, createDatabase } from '#db/client'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { reapplyErasures } from '#leads/erasure/reapply'
import { findResource } from '#runtime/resources'
import { formatCount } from '#platform/count-text'

/** Reading ten thousand domains takes milliseconds; the deletion of a company without its indexes may take longer. */
const STATEMENT_TIMEOUT_MS = 120_000

/** Keeps a restore from bringing erased companies back. Other databases than Hunter's own have no erasures. */
export const eraseAgain: BeforeSwap = async ({ live, next }) => {
  const pepper = findResource('KeyPepper')?.value
  const [from, to] = [live, next].map((url) =>
    createDatabase({ url, maxConnections: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS }),
  ) as [ReturnType<typeof createDatabase>, ReturnType<typeof createDatabase>]
  try {
    const key = pepper === undefined ? undefined : createErasureKey(pepper)
    const { erasures, domains } = await reapplyErasures({ from, to, key })
    return erasures === 0
      ? []
      : [
          `applied ${formatCount(erasures, 'erasure')} since the backup again: ${formatCount(domains, 'company', 'companies')}`,
        ]
  } finally {
    await Promise.all([closeDatabase(from), closeDatabase(to)])
  }
}
