/** What signals make of a domain: provider, score and segment, and whether that must be made again. Pure. */
import { hashOverrides } from '#leads/hash-overrides'
import { RULES_VERSION } from '#leads/score/rules'
import { judgeExpiry, NO_EXTRAS, scoreLead } from '#leads/score/score'
import { segmentLead } from '#leads/score/segment'
import type { Lead } from '#leads/store'
import { computeStableHash } from '#platform/stable-hash'
import type { Evidence } from '#signals/evidence'
import { NO_OVERRIDES, type ProviderOverride } from '#signals/provider/fingerprints'
import { identifyProvider } from '#signals/provider/identify-provider'
import { SIGNAL_NAMES, type Signals } from '#signals/signals'

export function assessLead(signals: Signals, overrides: readonly ProviderOverride[] = NO_OVERRIDES): Lead {
  const { domain } = signals
  const extras = NO_EXTRAS
  const provider = identifyProvider(signals, overrides)
  const score = scoreLead(signals, provider, extras)
  const segment = segmentLead({ domain, provider, score, extras })
  return { domain, signals, provider, score, segment, inputHash: hashInputs(signals, overrides) }
}

/**
 * The stored lead as today's rules and overrides judge it. The same object where they judged it already, so that nothing
 * is computed or written again.
 */
export function reassessLead(lead: Lead, overrides: readonly ProviderOverride[] = NO_OVERRIDES): Lead {
  const isCurrent = lead.score.rulesVersion === RULES_VERSION && lead.inputHash === hashInputs(lead.signals, overrides)
  return isCurrent ? lead : assessLead(lead.signals, overrides)
}

/** The same as `assessLead`, which runs only where the signals say something else than those of `before`. */
export function assessAfter(before: Lead, signals: Signals, overrides: readonly ProviderOverride[]): Lead {
  return reassessLead({ ...before, signals }, overrides)
}

/**
 * Stable hash of everything that a verdict rests on beside the rules. When a signal was seen and who answered change no
 * verdict; the time counts only against the date of expiry.
 */
function hashInputs(signals: Signals, overrides: readonly ProviderOverride[]): string {
  const evidence = SIGNAL_NAMES.map((name) => withoutSource(signals[name]))
  const outlook = judgeExpiry(signals.registration, signals.at)
  return computeStableHash({ domain: signals.domain, evidence, outlook, overrides: hashOverrides(overrides) })
}

function withoutSource({ at: _at, resolver: _resolver, ...rest }: Evidence<unknown>): object {
  return rest
}
