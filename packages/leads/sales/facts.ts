/** Picks from a lead the facts that matter in a sales call, as keys that rules and texts use. Pure. */
import { domainToUnicode } from 'node:url'
import { EXPIRING_WITHIN_DAYS } from '#leads/score/rules'
import type { Lead } from '#leads/store'
import type { MailboxKind } from '#signals/provider/fingerprints'
import type { Signals } from '#signals/signals'

/** Findings to talk about, gravest first: the order in which the caller names them. */
const FINDINGS = [
  'domain-expired',
  'domain-expiring',
  'spf-absent',
  'spf-broken',
  'dmarc-absent',
  'dmarc-unusable',
  'dmarc-none',
  'dkim-absent',
] as const
export type Finding = (typeof FINDINGS)[number]

export type Strength = 'spf-valid' | 'dkim-found' | 'dmarc-enforced'

/** Topics that may have no conclusive answer. */
const UNCHECKED = ['mail', 'spf', 'dkim', 'dmarc', 'registration'] as const
export type Unchecked = (typeof UNCHECKED)[number]

/** Purpose of the call; texts and rules have an entry for each. */
export type Outlook =
  | 'strong' // a migration to call about first
  | 'migration'
  | 'tenant-only' // a proven tenant, but the mailboxes are elsewhere
  | 'existing'
  | 'cold'
  | 'unclear' // the mailbox provider is unknown
  | 'weak'
  | 'consumer'
  | 'public-sector'
  | 'mail-provider'
  | 'no-mail'

/** Outlooks without a call. */
export const CLOSED_OUTLOOKS: ReadonlySet<Outlook> = new Set([
  'weak',
  'consumer',
  'public-sector',
  'mail-provider',
  'no-mail',
])

export interface SalesFacts {
  /** As people read it: `şirket.com.tr`, not punycode. */
  domain: string
  outlook: Outlook
  mailbox: { kind: MailboxKind; name: string; sure: boolean }
  gateway: { name: string; kind: 'filter' | 'forwarder' } | null
  findings: Finding[]
  strengths: Strength[]
  unchecked: Unchecked[]
  /** ISO date, such as `2026-12-03`. */
  expiresOn: string | null
}

export function readSalesFacts(lead: Lead): SalesFacts {
  const { domain, signals, provider } = lead
  const { kind, name, settled } = provider.mailbox
  const expiresAt = readExpiry(signals)
  const expiresOn = expiresAt?.toISOString().slice(0, 10) ?? null
  const seen = new Set([judgeExpiry(expiresAt, signals.at), judgeSpf(signals), judgeDmarc(signals), judgeDkim(signals)])
  return {
    domain: domainToUnicode(domain) || domain,
    outlook: chooseOutlook(lead),
    mailbox: { kind, name, sure: settled },
    gateway: provider.gateway && { name: provider.gateway.name, kind: provider.gateway.kind },
    findings: FINDINGS.filter((finding) => seen.has(finding)),
    strengths: STRENGTHS.filter((strength) => seen.has(strength)),
    unchecked: listUnchecked(lead, expiresOn),
    expiresOn,
  }
}

type Judgement = Finding | Strength | null
const STRENGTHS: readonly Strength[] = ['spf-valid', 'dkim-found', 'dmarc-enforced']

/** Mailboxes that could move into a tenant. */
const MAIL_ELSEWHERE: ReadonlySet<MailboxKind> = new Set([
  'google',
  'mailbox',
  'hosting',
  'own-server',
  'consumer',
  'public-sector',
])

function chooseOutlook({ segment, provider: { mailbox } }: Lead): Outlook {
  if (segment.reason === 'public-sector' || segment.reason === 'mail-provider') return segment.reason
  if (segment.segment === 'Existing') return MAIL_ELSEWHERE.has(mailbox.kind) ? 'tenant-only' : 'existing'
  if (mailbox.kind === 'none') return 'no-mail'
  if (mailbox.kind === 'consumer') return 'consumer'
  if (segment.segment === 'Skip') return 'weak'
  if (mailbox.kind === 'unknown') return 'unclear'
  if (segment.segment === 'Cold') return 'cold'
  return segment.priority <= 2 ? 'strong' : 'migration'
}

/** Later dates are typing errors. */
const LAST_DATE_MS = Date.UTC(9999, 11, 31)

function readExpiry({ registration }: Signals): Date | null {
  const text = registration.state === 'present' ? registration.value.expiresAt : null
  const time = Date.parse(text ?? '')
  return time >= 0 && time <= LAST_DATE_MS ? new Date(time) : null
}

function judgeExpiry(expiresAt: Date | null, at: string): Judgement {
  if (expiresAt === null) return null
  const daysLeft = (expiresAt.getTime() - Date.parse(at)) / 86_400_000
  if (daysLeft < 0) return 'domain-expired'
  return daysLeft <= EXPIRING_WITHIN_DAYS ? 'domain-expiring' : null
}

function judgeSpf({ spf }: Signals): Judgement {
  if (spf.state === 'absent') return 'spf-absent'
  if (spf.state === 'unknown' || spf.value.verdict === 'undetermined') return null
  return spf.value.verdict === 'valid' ? 'spf-valid' : 'spf-broken'
}

function judgeDmarc({ dmarc }: Signals): Judgement {
  if (dmarc.state === 'absent') return 'dmarc-absent'
  if (dmarc.state === 'unknown') return null
  const policy = dmarc.value.effectivePolicy
  if (policy === null) return 'dmarc-unusable'
  return policy === 'none' ? 'dmarc-none' : 'dmarc-enforced'
}

function judgeDkim({ dkim }: Signals): Judgement {
  if (dkim.state === 'absent') return 'dkim-absent'
  return dkim.state === 'present' && dkim.value.selectors.length > 0 ? 'dkim-found' : null
}

/** Lists the topics whose answers allow no conclusion. */
function listUnchecked({ signals, provider }: Lead, expiresOn: string | null): Unchecked[] {
  const open: Record<Unchecked, boolean> = {
    mail: provider.mailbox.kind === 'unknown',
    spf: judgeSpf(signals) === null,
    dkim: judgeDkim(signals) === null,
    dmarc: judgeDmarc(signals) === null,
    registration: expiresOn === null,
  }
  return UNCHECKED.filter((name) => open[name])
}
