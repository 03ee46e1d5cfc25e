/** The right to ask the DNS about one domain, given out in order, at the pace that all workers share. */
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { Limiter } from '#redis/limiter'
import { createFairQueue } from '#scans/fair-queue'
import { refuseDegraded, SCHEDULE_GROUP } from '#scans/rescans/give-way'

export interface Pacer {
  /**
   * Waits until a domain may be asked about. `group`: on whose behalf; groups take turns.
   * @throws AppError SCANS_BUSY when that would be after `until`; ScanCancelled, and leaves the line, once `isCancelled`
   * says so
   */
  acquire(until: Date, isCancelled?: () => boolean, group?: string): Promise<void>
}

/** The scan was cancelled before it took a turn. This error never leaves the scans. */
export class ScanCancelled extends Error {
  constructor() {
    super('the scan was cancelled')
  }
}

interface PacerDeps {
  limiter: Limiter
  /** The same count with a lower limit, for the schedule: the rest of the tokens is people's. */
  background: Limiter
  clock: Clock
  pause: (ms: number) => Promise<void>
}

/** One id for all keys, because the limit protects the resolvers. */
const EVERYONE = 'all'

/**
 * Those who wait in one process stand in one line, so that only its first asks Redis; keys take turns in it. The schedule has
 * a line of its own: its first may wait for long.
 */
export function createPacer({ background, ...people }: PacerDeps): Pacer {
  const lines = { people: createFairQueue(), background: createFairQueue() }
  return {
    acquire(until, isCancelled = () => false, group = '') {
      const isBackground = group === SCHEDULE_GROUP
      const deps = isBackground ? { ...people, limiter: refuseDegraded(background) } : people
      const line = isBackground ? lines.background : lines.people
      const waitMs = until.getTime() - deps.clock.now().getTime()
      return line.join(group, () => waitForTurn(deps, { until, waitMs, isCancelled }))
    },
  }
}

interface Wait {
  until: Date
  /** Time from joining the queue to the turn. */
  waitMs: number
  isCancelled: () => boolean
}

async function waitForTurn({ limiter, clock, pause }: Omit<PacerDeps, 'background'>, wait: Wait): Promise<void> {
  const { until, isCancelled } = wait
  for (;;) {
    if (isCancelled()) throw new ScanCancelled()
    const { allowed, retryAt } = await limiter.limit(EVERYONE)
    if (allowed) return
    const now = clock.now().getTime()
    const waitMs = Math.max(1, retryAt.getTime() - now)
    if (now + waitMs > until.getTime()) {
      // after that time, every scan that waits now is served or refused
      const seconds = Math.max(1, Math.ceil(Math.max(waitMs, wait.waitMs) / 1_000))
      throw new AppError('SCANS_BUSY', 'too many scans are waiting', { details: { retry_after_seconds: seconds } })
    }
    await pause(waitMs)
  }
}
