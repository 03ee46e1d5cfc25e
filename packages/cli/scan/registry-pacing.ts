import { setTimeout as pause } from 'node:timers/promises'
import type { RegistryPacer } from '#signals/registration/look-up'

/** Keeps the pace with each registry within this one command, which shares it with no other process. */
export function createRegistryPacer(perSecond: number, nowMs: () => number): RegistryPacer {
  const nextAtMs = new Map<string, number>()
  return {
    async acquire(registry, until) {
      const atMs = Math.max(nowMs(), nextAtMs.get(registry) ?? 0)
      nextAtMs.set(registry, atMs + 1_000 / perSecond)
      try {
        await pause(atMs - nowMs(), undefined, { signal: until })
        return true
      } catch {
        return false
      }
    },
  }
}
