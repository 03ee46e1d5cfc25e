import { closeDatabase, createDatabase } from '#db/client'
import { isMigrated } from '#db/revision'
import { fillNames } from '#leads/erasure/fill-names'
import { fillFoldedDomains } from '#leads/fill-folded-domains'
import { hasOutdatedLeads } from '#leads/rescore'

/** One batch takes milliseconds; finding the next one reads an index, or in the worst case the whole table. */
const STATEMENT_TIMEOUT_MS = 120_000

interface AfterMigrations {
  /** Rows whose folded domain, which searches use, was filled in: SQL cannot fold it. */
  folded: number
  /** Refused rows whose names, which erasures look for, were filled in. */
  named: number
  /** True when other rules than this release's scored some leads; `hunter leads rescore` scores them again. */
  hasOutdatedLeads: boolean
}

/**
 * Does what SQL migrations cannot do. Call it after them; it does nothing while a migration is pending. `isOver`: the process
 * ends soon, and what may wait is left for the next call.
 */
export async function finishMigrations(url: string, isOver?: () => boolean): Promise<AfterMigrations> {
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  try {
    if (!(await isMigrated(db))) return { folded: 0, named: 0, hasOutdatedLeads: false }
    return {
      folded: await fillFoldedDomains(db),
      named: await fillNames(db, isOver),
      hasOutdatedLeads: await hasOutdatedLeads(db),
    }
  } finally {
    await closeDatabase(db)
  }
}
