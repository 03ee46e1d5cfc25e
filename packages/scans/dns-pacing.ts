/** The right to ask the DNS about one domain, given out in order, at the pace that all workers share. */
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { Limiter } from '#redis/limiter'

export interface Turns {
  /**
   * Waits until a domain may be asked about.
   * @throws AppError RATE_LIMITED when that would be after `until`; NoLongerWanted, and leaves the line, once `isWanted`
   * says no
   */
  take(until: Date, isWanted?: () => boolean): Promise<void>
}

/** A turn was not taken, since nobody wants the domain any more. It never leaves the scans. */
export class NoLongerWanted extends Error {
  constructor() {
    super('the scan was cancelled')
  }
}

export interface TurnsDeps {
  limiter: Limiter
  clock: Clock
  pause: (ms: number) => Promise<void>
}

/** One id for all: the limit protects the resolvers, whoever asks. */
const EVERYONE = 'all'

/** Those who wait in one process stand in one line, so that only its first asks Redis. */
export function createTurns(deps: TurnsDeps): Turns {
  let line: Promise<unknown> = Promise.resolve()
  return {
    take(until, isWanted = () => true) {
      const turn = line.then(() => waitForTurn(deps, until, isWanted))
      line = turn.catch(() => undefined)
      return turn
    },
  }
}

async function waitForTurn({ limiter, clock, pause }: TurnsDeps, until: Date, isWanted: () => boolean): Promise<void> {
  for (;;) {
    if (!isWanted()) throw new NoLongerWanted()
    const { allowed, retryAt } = await limiter.limit(EVERYONE)
    if (allowed) return
    const now = clock.now().getTime()
    const waitMs = Math.max(1, retryAt.getTime() - now)
    if (now + waitMs > until.getTime()) {
      throw new AppError('RATE_LIMITED', 'too many scans are waiting', {
        details: { retry_after_seconds: Math.ceil(waitMs / 1_000) },
      })
    }
    await pause(waitMs)
  }
}
