/**
 * A circuit breaker for each registry: pauses questions to one that is unreachable or limits us, so that scans do not
 * wait for it.
 */
import type { Clock } from '#platform/clock'
import type { FailureCode } from '#signals/evidence'
import { RegistryProblem } from '#signals/registration/problem'

export interface Quarantine {
  /**
   * Runs `work` and learns from its outcome.
   *
   * @throws RegistryProblem of `work`, or the last failure while the registry is paused
   */
  guard<T>(registry: string, until: AbortSignal, work: () => Promise<T>): Promise<T>
}

const LEAVE_ALONE_MS = 60_000
const LEAVE_ALONE_MS_MAX = 15 * 60_000

/** A server that refuses a connection will refuse the next one; a slow server may be slow only now and then. */
const STRIKES: Partial<Record<FailureCode, number>> = { UNREACHABLE: 3, RATE_LIMITED: 3, TIMEOUT: 1, SERVFAIL: 1 }
const STRIKES_MAX = 3

/** Per process: one entry for each registry, of which there are a few hundred. */
export function createQuarantine(clock: Clock): Quarantine {
  const records = new Map<string, { strikes: number; rcode: FailureCode; untilMs: number }>()
  const nowMs = () => clock.now().getTime()

  function failed(registry: string, { rcode, retryAfterMs }: RegistryProblem): void {
    const record = records.get(registry)
    const strikes = (record?.strikes ?? 0) + (STRIKES[rcode] ?? 0)
    if (strikes < STRIKES_MAX) {
      records.set(registry, { rcode, untilMs: 0, ...record, strikes })
      return
    }
    const untilMs = nowMs() + Math.min(retryAfterMs ?? LEAVE_ALONE_MS, LEAVE_ALONE_MS_MAX)
    records.set(registry, { strikes: 0, rcode, untilMs: Math.max(untilMs, record?.untilMs ?? 0) })
  }

  return {
    async guard(registry, until, work) {
      const record = records.get(registry)
      if (record && nowMs() < record.untilMs) {
        throw new RegistryProblem(record.rcode, `${registry} is paused after repeated failures`)
      }
      try {
        const result = await work()
        records.delete(registry)
        return result
      } catch (error) {
        // a scan that ran out of time says nothing about the registry
        if (error instanceof RegistryProblem && !until.aborted) failed(registry, error)
        throw error
      }
    },
  }
}
