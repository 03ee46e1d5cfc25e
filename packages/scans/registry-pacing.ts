/** The right to ask a registry, given out in order, at the pace that all workers share for each registry. */
import type { Clock } from '#platform/clock'
import type { Limiter } from '#redis/limiter'
import { createFairQueue, type FairQueue } from '#scans/fair-queue'
import { refuseDegraded, SCHEDULE_GROUP } from '#scans/rescans/give-way'
import type { RegistryPacer } from '#signals/registration/look-up'

interface RegistryPacerDeps {
  /** One id for each registry. */
  limiter: Limiter
  /** The same count with a lower limit, for the schedule. */
  background: Limiter
  clock: Clock
  pause: (ms: number) => Promise<void>
  /** How long a look-up may wait: a scan is worth more in time than complete. */
  waitMs: number
}

export function createRegistryPacer({ background, ...people }: RegistryPacerDeps): RegistryPacer {
  const queues = new Map<string, FairQueue>()
  return {
    acquire(registry, until, group = '') {
      const isBackground = group === SCHEDULE_GROUP
      const deps = isBackground ? { ...people, limiter: refuseDegraded(background) } : people
      const deadlineMs = deps.clock.now().getTime() + deps.waitMs
      const line = isBackground ? `${SCHEDULE_GROUP} ${registry}` : registry
      const queue = queues.get(line) ?? createFairQueue()
      queues.set(line, queue)
      // FIFO: earlier waiters time out first, so no caller waits long past its deadline
      return queue.join(group, () => waitForTurn(deps, registry, { deadlineMs, until }))
    },
  }
}

async function waitForTurn(
  { limiter, clock, pause }: Omit<RegistryPacerDeps, 'background'>,
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
