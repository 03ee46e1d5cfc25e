import { reapplyUnsubscriptions } from '#alerts/reapply-unsubscriptions'
import type { BeforeSwap } from '#backups/restore/before-swap'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { reapplyErasures } from '#leads/erasure/reapply'
import { findResource } from '#runtime/resources'
import { formatCount } from '#platform/count-text'

/** Reading ten thousand domains takes milliseconds; the deletion of a company without its indexes may take longer. */
const STATEMENT_TIMEOUT_MS = 120_000

/**
 * Keeps a restore from bringing erased companies back, unless `erasures` is false, and from sending to readers who
 * unsubscribed. Other databases than Hunter's own have neither.
 */
export function createBeforeSwap({ erasures }: { erasures: boolean }): BeforeSwap {
  return async ({ live, next }) => {
    const [from, to] = [live, next].map((url) =>
      createDatabase({ url, maxConnections: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS }),
    ) as [Database, Database]
    try {
      return [...(erasures ? await eraseAgain(from, to) : []), ...(await unsubscribeAgain(from, to))]
    } finally {
      await Promise.all([closeDatabase(from), closeDatabase(to)])
    }
  }
}

async function eraseAgain(from: Database, to: Database): Promise<string[]> {
  const pepper = findResource('KeyPepper')?.value
  const key = pepper === undefined ? undefined : createErasureKey(pepper)
  const { erasures, domains } = await reapplyErasures({ from, to, key })
  if (erasures === 0) return []
  const companies = formatCount(domains, 'company', 'companies')
  return [`applied ${formatCount(erasures, 'erasure')} since the backup again: ${companies}`]
}

async function unsubscribeAgain(from: Database, to: Database): Promise<string[]> {
  const count = await reapplyUnsubscriptions({ from, to })
  return count === 0 ? [] : [`left ${formatCount(count, 'channel')} switched off, because the reader unsubscribed`]
}
