import { setTimeout as pause } from 'node:timers/promises'
import type { RegistryTurns } from '#signals/registration/look-up'

/** Keeps the pace with each registry within this one command, which shares it with no other process. */
export function createRegistryTurns(perSecond: number, nowMs: () => number): RegistryTurns {
  const nextAtMs = new Map<string, number>()
  return {
    async take(registry, until) {
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
