/**
 * Judges signals: identifies the provider, scores and segments the lead, and tells when a stored verdict is out of
 * date. Pure.
 */
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
 * Judges a stored lead by today's rules and overrides. Returns the same object when its verdict is current, so that the
 * caller neither computes nor writes anything.
 */
export function reassessLead(lead: Lead, overrides: readonly ProviderOverride[] = NO_OVERRIDES): Lead {
  const isCurrent = lead.score.rulesVersion === RULES_VERSION && lead.inputHash === hashInputs(lead.signals, overrides)
  return isCurrent ? lead : assessLead(lead.signals, overrides)
}

/** Judges new signals like `assessLead`, but reuses the verdict of `before` when the signals say the same. */
export function assessAfter(before: Lead, signals: Signals, overrides: readonly ProviderOverride[]): Lead {
  return reassessLead({ ...before, signals }, overrides)
}

/**
 * Stable hash of every input of a verdict except the rules. It leaves out when and by whom a signal was answered, which
 * changes no verdict; time matters only relative to the expiry date.
 */
function hashInputs(signals: Signals, overrides: readonly ProviderOverride[]): string {
  const evidence = SIGNAL_NAMES.map((name) => withoutSource(signals[name]))
  const outlook = judgeExpiry(signals.registration, signals.at)
  return computeStableHash({ domain: signals.domain, evidence, outlook, overrides: hashOverrides(overrides) })
}

function withoutSource({ at: _at, resolver: _resolver, ...rest }: Evidence<unknown>): object {
  return rest
}
