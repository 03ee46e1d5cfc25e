/**
 * The texts that each language must have; a missing entry does not compile. `name` and `date` arrive formatted for
 * readers.
 */
import type { Finding, Outlook, Strength, Unchecked } from '#leads/sales/facts'
import type { OfferTier, PotentialReason, UrgencyReason } from '#leads/sales/rules'
import type { MailboxKind } from '#signals/provider/fingerprints'

export interface MailTexts {
  /** Continues a sentence that begins with the domain; no full stop. `sure`: no missing signal could change it. */
  clause: (name: string, sure: boolean) => string
  /** A sentence said to the customer. */
  say: (name: string, sure: boolean) => string
  ask: (name: string) => string
}

interface FindingTexts {
  clause: (date: string) => string
  say: (date: string) => string
  ask: string
}

interface OutlookTexts {
  /** Ends a sentence that begins with the domain; no full stop. */
  verdict: string
  /** Our offer, said to the customer; without a call, the reason why. */
  offer: string
  close: string
  ask: string
  /** Why this offer fits. */
  reason: string
}

export interface SalesTexts {
  /** `a, b and c` */
  list: (items: string[]) => string
  /** Formats an ISO date for readers. */
  date: (isoDate: string) => string
  mail: Record<MailboxKind, MailTexts>
  gateway: Record<'filter' | 'forwarder', (name: string) => string>
  findings: Record<Finding, FindingTexts>
  strengths: Record<Strength, string>
  unchecked: Record<Unchecked, string>
  outlooks: Record<Outlook, OutlookTexts>
  /** Names of the offers. */
  tiers: Record<OfferTier, string>
  potential: Record<PotentialReason, string>
  urgency: Record<UrgencyReason, string>
  /** Whole sentences that join the parts. */
  oneLiner: (parts: { domain: string; clauses: string[]; score: number; provisional: boolean }) => string
  opening: (domain: string) => string
  noCall: (domain: string, why: string) => string
  praise: (strengths: string) => string
  notChecked: (what: string) => string
  decider: string
}
