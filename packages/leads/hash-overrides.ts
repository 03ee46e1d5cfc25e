import { computeStableHash } from '#platform/stable-hash'
import type { ProviderOverride } from '#signals/provider/fingerprints'

/** Each list is read once a minute and asked about by every scan of that minute. */
const hashes = new WeakMap<readonly ProviderOverride[], string>()

/** The same for lists that say the same, in whatever order; notes and authors do not count. A list must not change. */
export function hashOverrides(overrides: readonly ProviderOverride[]): string {
  const cached = hashes.get(overrides)
  if (cached !== undefined) return cached
  const rules = overrides.map(({ signal, suffix, providerId }) => `${signal} ${suffix} ${providerId}`)
  const hash = computeStableHash(rules.toSorted())
  hashes.set(overrides, hash)
  return hash
}
