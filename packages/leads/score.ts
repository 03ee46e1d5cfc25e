/** How good a lead is, 0 to 100, with a reason for each point. Pure: the same facts give the same score. */
import type { ProviderVerdict } from '#signals/provider'
import type { Evidence } from '#signals/evidence'
import type { Signals } from '#signals/signals'

/** What is known about the lead besides its signals. */
export interface LeadExtras {
  referral: 'co-sell' | 'marketplace' | 'solution-provider' | null
  /** Azure tenant id of a referral: proof of a tenant. */
  tenantId: string | null
}

export const NO_EXTRAS: LeadExtras = { referral: null, tenantId: null }

export interface Counterfactual {
  /** Rule that would apply instead, e.g. `dmarc.reject`. */
  rule: string
  /** Points gained by it, above zero. */
  points: number
  /** `with DMARC reject: +15` */
  text: string
}

export interface ScoreLine {
  /** `<group>.<case>`: `provider.google`, `spf.valid`, `dmarc.none`, `dkim.unknown`. */
  rule: string
  points: number
  /** The least and the most that this line can turn out to give; both are `points` when nothing is unknown. */
  min: number
  max: number
  state: Evidence<unknown>['state']
  /** What was seen, in one line. */
  evidence: string
  /** The best that the domain could still gain here; null when nothing. */
  counterfactual: Counterfactual | null
}

export interface Score {
  /** 0 to 100. */
  value: number
  /** The range that the unknown signals leave, 0 to 100, `min <= value <= max`. */
  min: number
  max: number
  rulesVersion: number
  /** Their points add up to `value` before it is held to 0..100. */
  breakdown: ScoreLine[]
}

export type ScoreLead = (signals: Signals, provider: ProviderVerdict, extras: LeadExtras) => Score
