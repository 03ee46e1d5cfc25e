/**
 * Judges signals: identifies the provider, scores and segments the lead, and tells when a stored verdict is out of
 * date. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import { hashOverrides } from '#leads/hash-overrides'
import { RULES_VERSION } from '#leads/score/rules'
import { judgeExpiry, type LeadExtras, NO_EXTRAS, scoreLead } from '#leads/score/score'
import { segmentLead } from '#leads/score/segment'
import type { Lead } from '#leads/store'
import { computeStableHash } from '#platform/stable-hash'
import type { Evidence } from '#signals/evidence'
import { NO_OVERRIDES, type ProviderOverride } from '#signals/provider/fingerprints'
import { identifyProvider } from '#signals/provider/identify-provider'
import { SIGNAL_NAMES, type Signals } from '#signals/signals'

export function assessLead(
  signals: Signals,
  overrides: readonly ProviderOverride[] = NO_OVERRIDES,
  extras: LeadExtras = NO_EXTRAS,
): Lead {
  const { domain } = signals
  const provider = identifyProvider(signals, overrides)
  const score = scoreLead(signals, provider, extras)
  const segment = segmentLead({ domain, provider, score, extras })
  return { domain, signals, extras, provider, score, segment, inputHash: hashInputs({ signals, extras }, overrides) }
}

/**
 * Judges a stored lead by today's rules and overrides. Returns the same object when its verdict is current, so that the
 * caller neither computes nor writes anything.
 */
export function reassessLead(lead: Lead, overrides: readonly ProviderOverride[] = NO_OVERRIDES): Lead {
  const isCurrent = lead.score.rulesVersion === RULES_VERSION && lead.inputHash === hashInputs(lead, overrides)
  return isCurrent ? lead : assessLead(lead.signals, overrides, lead.extras)
}

/** Judges new signals like `assessLead`, but reuses the verdict of `before` when the signals say the same. */
export function assessAfter(before: Lead, signals: Signals, overrides: readonly ProviderOverride[]): Lead {
  return reassessLead({ ...before, signals }, overrides)
}

/**
 * Stable hash of every input of a verdict except the rules. It leaves out when and by whom a signal was answered, which
 * changes no verdict; time matters only relative to the expiry date. A lead without a referral has the hash that it had
 * before there were referrals.
 */
function hashInputs({ signals, extras }: Pick<Lead, 'signals' | 'extras'>, overrides: readonly ProviderOverride[]) {
  const evidence = SIGNAL_NAMES.map((name) => withoutSource(signals[name]))
  const outlook = judgeExpiry(signals.registration, signals.at)
  const { domain } = signals
  const said = isDeepStrictEqual(extras, NO_EXTRAS) ? undefined : extras
  return computeStableHash({ domain, evidence, outlook, overrides: hashOverrides(overrides), extras: said })
}

function withoutSource({ at: _at, resolver: _resolver, ...rest }: Evidence<unknown>): object {
  return rest
}
