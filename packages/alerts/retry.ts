/** When to try a failed message once more. Pure. */
const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** The schedule of Standard Webhooks 1.0.0: ten attempts within 75 hours. */
const DELAYS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]
export const ATTEMPTS_MAX = DELAYS_MS.length + 1

/** An address that fails gets one message an hour at most, whatever waits for it. */
const PAUSE_MS_MAX = HOUR_MS
const RETRY_AFTER_MS_MAX = 24 * HOUR_MS

interface Failure {
  now: Date
  /** A number between 0 and 1, which spreads the retries of messages that failed together. */
  random: number
  retryAfterMs?: number | undefined
}

/** `attempts` were made. Returns null after the last one. */
export function planRetry(attempts: number, failure: Failure): Date | null {
  const delayMs = DELAYS_MS[attempts - 1]
  return delayMs === undefined ? null : addDelay(delayMs, failure)
}

/** Returns until when nothing is sent to the address; `failures` counts those in a row. */
export function planPause(failures: number, failure: Failure): Date {
  return addDelay(Math.min(DELAYS_MS[failures - 1] ?? PAUSE_MS_MAX, PAUSE_MS_MAX), failure)
}

const JITTER = 0.2

function addDelay(delayMs: number, { now, random, retryAfterMs = 0 }: Failure): Date {
  const spreadMs = Math.round(delayMs * (1 + JITTER * random))
  return new Date(now.getTime() + Math.max(spreadMs, Math.min(retryAfterMs, RETRY_AFTER_MS_MAX)))
}
