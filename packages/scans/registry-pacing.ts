/** The right to ask a registry, given out in order, at the pace that all workers share for each registry. */
import type { Clock } from '#platform/clock'
import type { Limiter } from '#redis/limiter'
import { createFairQueue, type FairQueue } from '#scans/fair-queue'
import type { RegistryPacer } from '#signals/registration/look-up'

interface RegistryPacerDeps {
  /** One id for each registry. */
  limiter: Limiter
  clock: Clock
  pause: (ms: number) => Promise<void>
  /** How long a look-up may wait: a scan is worth more in time than complete. */
  waitMs: number
}

export function createRegistryPacer(deps: RegistryPacerDeps): RegistryPacer {
  const queues = new Map<string, FairQueue>()
  return {
    acquire(registry, until, group = '') {
      const deadlineMs = deps.clock.now().getTime() + deps.waitMs
      const queue = queues.get(registry) ?? createFairQueue()
      queues.set(registry, queue)
      // FIFO: earlier waiters time out first, so no caller waits long past its deadline
      return queue.join(group, () => waitForTurn(deps, registry, { deadlineMs, until }))
    },
  }
}

async function waitForTurn(
  { limiter, clock, pause }: RegistryPacerDeps,
  registry: string,
  { deadlineMs, until }: { deadlineMs: number; until: AbortSignal },
): Promise<boolean> {
  while (!until.aborted && clock.now().getTime() <= deadlineMs) {
    const { allowed, retryAt } = await limiter.limit(registry)
    if (allowed) return true
    const waitMs = Math.max(1, retryAt.getTime() - clock.now().getTime())
    if (clock.now().getTime() + waitMs > deadlineMs) return false
    await pause(waitMs)
  }
  return false
}
