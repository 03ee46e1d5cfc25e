/** Whether a batch that is under way is still to be done: its job may have been cancelled since it began. */
import { eq } from 'drizzle-orm'
import { type JobKind, scanBatches, scanJobs } from '#db/tables'
import type { Queryable } from '#db/client'
import type { Clock } from '#platform/clock'
import { isUnfinished } from '#scans/bulk/batch-log'
import type { BatchMessage } from '#scans/bulk/batch-message'
import { mustGiveWay } from '#scans/rescans/give-way'

/** Interval between two checks of the database: one statement a second costs nothing, one for each domain would. */
const LOOK_EVERY_MS = 1_000

interface WatchDeps {
  db: Queryable
  clock: Clock
}

interface Work {
  keyid: string | null
  kind: JobKind
}

/** Returns the key and the kind of the batch's job; undefined when the batch has ended or its job no longer exists. */
export async function findWork({ db }: Pick<WatchDeps, 'db'>, batch: BatchMessage): Promise<Work | undefined> {
  const [work] = await db
    .select({ keyid: scanBatches.keyid, kind: scanJobs.kind })
    .from(scanBatches)
    .innerJoin(scanJobs, eq(scanJobs.id, scanBatches.jobId))
    .where(isUnfinished(batch))
  return work
}

/** What stops a batch under way. Each returns the last known state and refreshes it in the background. */
export interface Watch {
  isCancelled: () => boolean
  /** Only a batch of the schedule ever must. */
  mustYield: () => boolean
}

/** A failed refresh does no harm, because the commit checks again. The batch has work when the watch begins. */
export async function watchBatch(deps: WatchDeps, batch: BatchMessage, { kind }: Work): Promise<Watch> {
  const yields = async () => kind === 'schedule' && (await mustGiveWay(deps.db, deps.clock.now()))
  let isCancelled = false
  let hasToYield = await yields()
  let lookedAtMs = deps.clock.now().getTime()
  const look = async () => {
    const [work, yielding] = await Promise.all([findWork(deps, batch), yields()])
    isCancelled ||= work === undefined
    hasToYield ||= yielding
  }
  const refresh = () => {
    const nowMs = deps.clock.now().getTime()
    if (isCancelled || nowMs - lookedAtMs < LOOK_EVERY_MS) return
    lookedAtMs = nowMs
    look().catch(() => undefined)
  }
  return {
    isCancelled: () => (refresh(), isCancelled),
    mustYield: () => (refresh(), hasToYield),
  }
}
