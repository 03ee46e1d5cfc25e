/**
 * Keeps callers from waiting for a Redis that does not answer: five failures in a row open the breaker, and a minute
 * later one call tries again while all others go on without.
 *
 * Written by hand: the usual libraries let everybody wait for the probe and then go at once, and read the time from the
 * system.
 */
import type { Clock } from '#platform/clock'
import type { Log } from '#platform/log'
import { describeRedisError } from '#redis/client'

export const FAILURES_MAX = 5
export const OPEN_MS = 60_000

export interface Breaker {
  /** @throws BreakerOpen at once, without a call, while it is open; else whatever `call` throws */
  run<T>(call: () => Promise<T>): Promise<T>
  /** True from the fifth failure until a probe succeeded. */
  isOpen(): boolean
}

/** What instances tell each other. Neither may throw: Redis is what is in doubt. */
export interface SharedBreakerState {
  /** When another instance's breaker will try again; `undefined`: none is open, or the answer is unknown. */
  openUntil(): Promise<Date | undefined>
  /** `undefined`: closed again. */
  publish(until: Date | undefined): Promise<void>
}

export interface BreakerDeps {
  clock: Clock
  log: Log
  shared: SharedBreakerState
  /** Once for each change, not for each probe that fails. */
  onChange?: (change: { open: boolean; problem: string }) => void
}

export class BreakerOpen extends Error {
  constructor() {
    super('the breaker is open, so Hunter skips Redis for a while')
  }
}

type State =
  | { name: 'closed'; failures: number }
  | { name: 'open'; untilMs: number }
  | { name: 'probing'; /** another probe may go when this one never comes back */ untilMs: number }

export function createBreaker({ clock, log, shared, onChange }: BreakerDeps): Breaker {
  let state: State = { name: 'closed', failures: 0 }
  const nowMs = () => clock.now().getTime()

  const open = (untilMs: number, problem: string) => {
    const isChange = state.name === 'closed'
    state = { name: 'open', untilMs }
    if (!isChange) return
    log.warn('degraded', { degraded: true, problem })
    onChange?.({ open: true, problem })
  }
  const close = () => {
    state = { name: 'closed', failures: 0 }
    log.info('recovered', { degraded: false })
    onChange?.({ open: false, problem: '' })
    void shared.publish(undefined)
  }
  const openAndTell = (problem: string) => {
    const untilMs = nowMs() + OPEN_MS
    open(untilMs, problem)
    void shared.publish(new Date(untilMs))
  }
  /** An instance that fails once and learns that another breaker is open needs no five failures of its own. */
  const listen = async (problem: string) => {
    const until = await shared.openUntil()
    if (until === undefined || until.getTime() <= nowMs() || state.name !== 'closed' || state.failures === 0) return
    open(Math.min(until.getTime(), nowMs() + OPEN_MS), problem)
  }
  /** The state that a call runs under: its outcome counts only while that is still the state. */
  const enter = (): State => {
    if (state.name === 'closed') return state
    if (state.untilMs > nowMs()) throw new BreakerOpen()
    state = { name: 'probing', untilMs: nowMs() + OPEN_MS }
    return state
  }
  const succeeded = (entered: State) => {
    if (entered !== state) return
    if (state.name === 'closed') state.failures = 0
    else close()
  }
  const failed = (entered: State, problem: string) => {
    if (entered !== state) return
    if (state.name !== 'closed') return openAndTell(problem)
    state.failures += 1
    if (state.failures >= FAILURES_MAX) openAndTell(problem)
    else if (state.failures === 1) void listen(problem)
  }
  return {
    async run(call) {
      const entered = enter()
      try {
        const result = await call()
        succeeded(entered)
        return result
      } catch (thrown) {
        failed(entered, describeRedisError(thrown))
        throw thrown
      }
    },
    isOpen: () => state.name !== 'closed',
  }
}
