import { closeDatabase, createDatabase } from '#db/client'
import { isMigrated } from '#db/revision'
import { fillFoldedDomains } from '#leads/fill-folded-domains'
import { hasOutdatedLeads } from '#leads/rescore'

/** A batch is quick; finding the next reads an index, or at worst the table once. */
const STATEMENT_TIMEOUT_MS = 120_000

interface AfterMigrations {
  /** Rows whose domain was folded for searches, which SQL cannot do. */
  folded: number
  /** Some leads were judged by other rules than this release's: `hunter leads rescore` judges them anew. */
  hasOutdatedLeads: boolean
}

/** Call it after migrations ran. It does nothing where one is missing. */
export async function finishMigrations(url: string): Promise<AfterMigrations> {
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  try {
    if (!(await isMigrated(db))) return { folded: 0, hasOutdatedLeads: false }
    return { folded: await fillFoldedDomains(db), hasOutdatedLeads: await hasOutdatedLeads(db) }
  } finally {
    await closeDatabase(db)
  }
}
