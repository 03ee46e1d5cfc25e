import { computeStableHash } from '#platform/stable-hash'
import type { ProviderOverride } from '#signals/provider/fingerprints'

/** Each list is read once a minute and asked about by every scan of that minute. */
const known = new WeakMap<readonly ProviderOverride[], string>()

/** The same for lists that say the same, in whatever order; notes and authors do not count. A list must not change. */
export function overridesHash(overrides: readonly ProviderOverride[]): string {
  const kept = known.get(overrides)
  if (kept !== undefined) return kept
  const rules = overrides.map(({ signal, suffix, providerId }) => `${signal} ${suffix} ${providerId}`)
  const hash = computeStableHash(rules.toSorted())
  known.set(overrides, hash)
  return hash
}
