/** Decides the offer, the potential and the urgency from tables of rules; each line carries its reason. Pure. */
import { CLOSED_OUTLOOKS, type Finding, type Outlook, type SalesFacts } from '#leads/sales/facts'

export type OfferTier = 'premium' | 'standard' | 'starter' | 'security' | 'review' | 'assessment' | 'none'
export type Urgency = 'low' | 'medium' | 'high'

/** The offer for each outlook; for `existing` it depends on what we can fix. */
const OFFERS: Readonly<Record<Exclude<Outlook, 'existing'>, OfferTier>> = {
  strong: 'premium',
  migration: 'standard',
  'tenant-only': 'standard',
  cold: 'starter',
  unclear: 'assessment',
  weak: 'none',
  consumer: 'none',
  'public-sector': 'none',
  'mail-provider': 'none',
  'no-mail': 'none',
}

/** Findings that a security offer fixes; the customer renews the domain. */
const FIXABLE: ReadonlySet<Finding> = new Set([
  'spf-absent',
  'spf-broken',
  'dmarc-absent',
  'dmarc-unusable',
  'dmarc-none',
  'dkim-absent',
])

export function chooseOffer({ outlook, findings }: SalesFacts): OfferTier {
  if (outlook !== 'existing') return OFFERS[outlook]
  return findings.some((finding) => FIXABLE.has(finding)) ? 'security' : 'review'
}

export type PotentialReason = 'outlook' | 'hosted-mail' | 'own-server' | 'other-mailbox' | 'protection' | 'has-filter'

interface PotentialLine {
  reason: PotentialReason
  points: number
}

const OUTLOOK_POINTS: Readonly<Record<Outlook, number>> = {
  strong: 65,
  migration: 55,
  'tenant-only': 60,
  existing: 30,
  cold: 30,
  unclear: 20,
  weak: 10,
  consumer: 0,
  'public-sector': 0,
  'mail-provider': 0,
  'no-mail': 0,
}
/** The less a mailbox service offers of an office suite, the more we can sell. */
const MAILBOX_POINTS = [
  { kind: 'hosting', reason: 'hosted-mail', points: 15 },
  { kind: 'own-server', reason: 'own-server', points: 15 },
  { kind: 'mailbox', reason: 'other-mailbox', points: 10 },
] as const
const POINTS_PER_FIXABLE = 5
/** A company that already pays for a filter will not buy another. */
const FILTER_POINTS = -5

/** The potential is the sum of the lines, limited to 0..100. There is always at least one line. */
export function ratePotential({ outlook, mailbox, gateway, findings }: SalesFacts): PotentialLine[] {
  const first: PotentialLine = { reason: 'outlook', points: OUTLOOK_POINTS[outlook] }
  if (CLOSED_OUTLOOKS.has(outlook)) return [first]
  const protection = POINTS_PER_FIXABLE * findings.filter((finding) => FIXABLE.has(finding)).length
  const more: PotentialLine[] = [
    ...MAILBOX_POINTS.filter(({ kind }) => kind === mailbox.kind),
    { reason: 'protection', points: protection },
    { reason: 'has-filter', points: gateway?.kind === 'filter' ? FILTER_POINTS : 0 },
  ]
  return [first, ...more.flatMap(({ reason, points }) => (points === 0 ? [] : [{ reason, points }]))]
}

export function sumPotential(lines: PotentialLine[]): number {
  const sum = lines.reduce((sum, { points }) => sum + points, 0)
  return Math.min(100, Math.max(0, sum))
}

export type UrgencyReason = 'no-call' | 'domain-ends' | 'forgeable' | 'candidate' | 'weakness' | 'no-pressure'

interface UrgencyRule {
  reason: UrgencyReason
  urgency: Urgency
  when: (facts: SalesFacts) => boolean
}

const has = (findings: Finding[], ...some: Finding[]) => some.some((finding) => findings.includes(finding))
const isNear = (outlook: Outlook) => ['strong', 'migration', 'tenant-only', 'existing'].includes(outlook)
const isForgeable = (findings: Finding[]) =>
  has(findings, 'spf-absent', 'spf-broken') && has(findings, 'dmarc-absent', 'dmarc-unusable', 'dmarc-none')

/** The first rule that matches decides. */
const URGENCY_RULES: readonly UrgencyRule[] = [
  { reason: 'no-call', urgency: 'low', when: ({ outlook }) => CLOSED_OUTLOOKS.has(outlook) },
  {
    reason: 'domain-ends',
    urgency: 'high',
    when: ({ findings }) => has(findings, 'domain-expired', 'domain-expiring'),
  },
  {
    reason: 'forgeable',
    urgency: 'high',
    when: ({ outlook, findings }) => isNear(outlook) && isForgeable(findings),
  },
  { reason: 'candidate', urgency: 'medium', when: ({ outlook }) => isNear(outlook) && outlook !== 'existing' },
  {
    reason: 'weakness',
    urgency: 'medium',
    when: ({ outlook, findings }) => isNear(outlook) && findings.length > 0,
  },
]

export function chooseUrgency(facts: SalesFacts): { urgency: Urgency; reason: UrgencyReason } {
  const rule = URGENCY_RULES.find(({ when }) => when(facts))
  return rule ? { urgency: rule.urgency, reason: rule.reason } : { urgency: 'low', reason: 'no-pressure' }
}
