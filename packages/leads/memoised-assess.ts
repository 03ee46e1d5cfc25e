/**
 * Judges leads as `assessLead` does, and remembers in this process what it judged: `provider:{mx_root}`, which providers
 * can be behind the hosts of one mail domain, and `scoring:{domain}:{provider}:{hash}`. Each takes microseconds to make;
 * a request to Redis would take a hundred times as long (docs/decisions has the numbers).
 */
import type { Assess } from '#leads/assess'
import { overridesHash } from '#leads/overrides-hash'
import { RULES_VERSION } from '#leads/score/rules'
import { expiryOutlook, NO_EXTRAS, scoreLead } from '#leads/score/score'
import { segmentLead } from '#leads/score/segment'
import type { MemoryCache, MemoryKind } from '#platform/memory-cache'
import { stableHash } from '#platform/stable-hash'
import type { Evidence } from '#signals/evidence'
import { NO_OVERRIDES, type ProviderOverride } from '#signals/provider/fingerprints'
import { findBySuffix, type Matcher, matcherOf, matchesAt } from '#signals/provider/matcher'
import { registrableDomainOf } from '#signals/normalise'
import { identifyProvider, type ProviderVerdict } from '#signals/provider/identify-provider'
import type { Signals } from '#signals/signals'

/** Raise the version when the fingerprints' meaning changes; their content comes with the code. */
export const PROVIDER: MemoryKind = { name: 'provider', version: 2, ttlMs: 86_400_000 }
export const SCORING: MemoryKind = { name: 'scoring', version: RULES_VERSION, ttlMs: 3_600_000 }

export function createAssess(memory: MemoryCache): Assess {
  const matcherOnce = compileOnce()
  return (signals, overrides = NO_OVERRIDES, untilMs = Infinity) => {
    const { domain } = signals
    const extras = NO_EXTRAS
    const matchOthers = matcherOnce(overrides)
    let inputsUntilMs = untilMs
    const match: Matcher = (signal, name) => {
      if (signal !== 'mx') return matchOthers(signal, name)
      const root = registrableDomainOf(name) ?? name
      const rules = memory.remember(PROVIDER, `${root}:${overridesHash(overrides)}`, () =>
        matchesAt('mx', root, overrides),
      )
      inputsUntilMs = Math.min(inputsUntilMs, rules.untilMs)
      return findBySuffix(rules.value, name)
    }
    const provider = identifyProvider(signals, overrides, match)
    const judge = () => {
      const score = scoreLead(signals, provider, extras)
      return { score, segment: segmentLead({ domain, provider, score, extras }) }
    }
    const id = `${domain}:${provider.mailbox.id}:${stableHash(scoredBy(signals, provider))}`
    return { domain, signals, provider, ...memory.remember(SCORING, id, judge, inputsUntilMs).value }
  }
}

/** Once for each list of overrides: a process reads a new one each minute. */
function compileOnce(): (overrides: readonly ProviderOverride[]) => Matcher {
  const compiled = new WeakMap<readonly ProviderOverride[], Matcher>()
  return (overrides) => {
    const match = compiled.get(overrides) ?? matcherOf(overrides)
    compiled.set(overrides, match)
    return match
  }
}

/** All that score and segment look at besides the domain. When it was seen counts only against the date of expiry. */
function scoredBy({ mx, a, aaaa, spf, dkim, dmarc, registration, at }: Signals, provider: ProviderVerdict) {
  const evidence = [mx, a, aaaa, spf, dkim, dmarc, registration].map(timeless)
  return { evidence, outlook: expiryOutlook(registration, at), provider }
}

function timeless({ at: _at, ...rest }: Evidence<unknown>): object {
  return rest
}
