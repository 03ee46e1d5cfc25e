import { computeStableHash } from '#platform/stable-hash'
import type { ProviderOverride } from '#signals/provider/fingerprints'

/** Every scan of a minute hashes the same list, because a process reads it once a minute. */
const hashes = new WeakMap<readonly ProviderOverride[], string>()

/**
 * Gives equal lists one hash, whatever their order; notes and authors do not count. The caller must not change the
 * list.
 */
export function hashOverrides(overrides: readonly ProviderOverride[]): string {
  const cached = hashes.get(overrides)
  if (cached !== undefined) return cached
  const rules = overrides.map(({ signal, suffix, providerId }) => `${signal} ${suffix} ${providerId}`)
  const hash = computeStableHash(rules.toSorted())
  hashes.set(overrides, hash)
  return hash
}
