/** What each language says. A missing entry does not compile; `name` and `date` come ready to be read. */
import type { Finding, Outlook, Strength, Unchecked } from '#leads/sales/facts'
import type { OfferTier, PotentialReason, UrgencyReason } from '#leads/sales/rules'
import type { MailboxKind } from '#signals/provider/identify-provider'

export interface MailTexts {
  /** Follows the domain in a sentence about it, without a full stop. `sure`: no signal to come could change it. */
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
  /** Ends a sentence about the domain, without a full stop. */
  verdict: string
  /** What we offer, said to the customer; for an outlook without a call, why there is none. */
  offer: string
  close: string
  ask: string
  /** Why this offer. */
  reason: string
}

export interface SalesTexts {
  /** `a, b and c` */
  list: (items: string[]) => string
  /** An ISO date as people say it. */
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
  /** The whole sentences that hold the parts together. */
  oneLiner: (parts: { domain: string; clauses: string[]; score: number; provisional: boolean }) => string
  opening: (domain: string) => string
  noCall: (domain: string, why: string) => string
  praise: (strengths: string) => string
  notChecked: (what: string) => string
  decider: string
}
