import { NO_EXTRAS, scoreLead } from '#leads/score/score'
import { segmentLead } from '#leads/score/segment'
import type { Lead } from '#leads/store'
import { NO_OVERRIDES, type ProviderOverride } from '#signals/provider/fingerprints'
import { identifyProvider } from '#signals/provider/identify-provider'
import type { Signals } from '#signals/signals'

/** `untilMs`: until when what is made of the signals may be used again, in milliseconds since the epoch. */
export type Assess = (signals: Signals, overrides?: readonly ProviderOverride[], untilMs?: number) => Lead

/** What the signals make of a domain: provider, score and segment. Pure. */
export function assessLead(signals: Signals, overrides: readonly ProviderOverride[] = NO_OVERRIDES): Lead {
  const { domain } = signals
  const extras = NO_EXTRAS
  const provider = identifyProvider(signals, overrides)
  const score = scoreLead(signals, provider, extras)
  const segment = segmentLead({ domain, provider, score, extras })
  return { domain, signals, provider, score, segment }
}
