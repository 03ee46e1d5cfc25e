import { closeDatabase, createDatabase } from '#db/client'
import { isMigrated } from '#db/revision'
import { fillFoldedDomains } from '#leads/fill-folded-domains'

/** A batch is quick; finding the next reads an index, or at worst the table once. */
const STATEMENT_TIMEOUT_MS = 120_000

/** Call it after migrations ran: what SQL cannot fold is folded here. Answers how many rows; none where a migration is missing. */
export async function fillSearches(url: string): Promise<number> {
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  try {
    return (await isMigrated(db)) ? await fillFoldedDomains(db) : 0
  } finally {
    await closeDatabase(db)
  }
}
