const RETRY_FIRST_S = 5
const RETRY_S_MAX = 600
/** Up to so much longer, so that batches that failed together do not all come back together; never beyond the queue's own time. */
const RETRY_SPREAD = 0.2

/** How long a message that failed at its nth receive stays hidden, in whole seconds: 5, 10, 20 … 600. `random` is from 0 to 1. */
export function computeRetryDelayS(receives: number, random: number): number {
  const waitS = Math.min(RETRY_S_MAX, RETRY_FIRST_S * 2 ** (receives - 1))
  return Math.round(waitS * (1 + RETRY_SPREAD * random))
}
