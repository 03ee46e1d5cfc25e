/** Whether a batch that is under way is still to be done: its job may have been cancelled since it began. */
import { scanBatches } from '#db/tables'
import type { Queryable } from '#db/client'
import type { Clock } from '#platform/clock'
import { isUnfinished } from '#scans/bulk/batch-log'
import type { BatchMessage } from '#scans/bulk/batch-message'

/** Interval between two checks of the database: one statement a second costs nothing, one for each domain would. */
const LOOK_EVERY_MS = 1_000

interface WatchDeps {
  db: Queryable
  clock: Clock
}

/** Whose it is; undefined: it is committed or cancelled, or its job is gone. */
export async function findWork(
  { db }: Pick<WatchDeps, 'db'>,
  batch: BatchMessage,
): Promise<{ keyid: string | null } | undefined> {
  const [work] = await db.select({ keyid: scanBatches.keyid }).from(scanBatches).where(isUnfinished(batch))
  return work
}

/**
 * Returns the last known state and refreshes it in the background; a failed refresh does no harm, because the commit
 * checks again. The first state is that the batch has work.
 */
export function watchBatch(deps: WatchDeps, batch: BatchMessage): () => boolean {
  let isCancelled = false
  let lookedAtMs = deps.clock.now().getTime()
  return () => {
    const nowMs = deps.clock.now().getTime()
    if (!isCancelled && nowMs - lookedAtMs >= LOOK_EVERY_MS) {
      lookedAtMs = nowMs
      findWork(deps, batch).then(
        (work) => (isCancelled ||= work === undefined),
        () => undefined,
      )
    }
    return isCancelled
  }
}
