/** How large a batch may be so that a worker gets it done in its time. */
import { INSTANCES_MAX } from '#deployment/instances'
import { FUNCTIONS } from '#deployment/functions'

/** Domains in one batch, which one message stands for and one transaction commits. */
export const BATCH_SIZE_MAX = 50

/** Time limit of one commit, including its retries. */
export const COMMIT_TIMEOUT_MS = 30_000

/** Time for reading the batch, a note in its log, and a cold start. */
const OVERHEAD_MS = 20_000

/** The longest that a domain may wait for its turn, the others of its batch counted. */
const TURN_WAIT_MS_MAX = 60_000

/** Share of all turns: workers do not get exactly their part, and requests scan as well. */
const SHARE = 0.5

interface BatchPlan {
  /** Domains in a batch. */
  size: number
  /** How long a batch may wait for its turns. */
  turnWaitMs: number
}

/** All workers press at once, and each must still get the turns of its batch in time. Pure. */
export function planBatches(limits: { dnsPerSecond: number; scanBudgetMs: number }): BatchPlan {
  const leftMs = FUNCTIONS['bulk-worker'].timeoutS * 1_000 - COMMIT_TIMEOUT_MS - OVERHEAD_MS - limits.scanBudgetMs
  const turnWaitMs = Math.max(1_000, Math.min(TURN_WAIT_MS_MAX, leftMs))
  const turns = ((limits.dnsPerSecond * turnWaitMs) / 1_000 / INSTANCES_MAX.worker) * SHARE
  return { size: Math.max(1, Math.min(BATCH_SIZE_MAX, Math.floor(turns))), turnWaitMs }
}
