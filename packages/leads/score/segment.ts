/** Sorts leads into segments and sets how soon to call. Pure. */
import type { LeadExtras, Score } from '#leads/score/score'
import { isMailProvider } from '#signals/mail/mail-domains'
import { type Domain, getPublicSuffix } from '#signals/normalise'
import type { MailboxKind } from '#signals/provider/fingerprints'
import type { ProviderVerdict } from '#signals/provider/identify-provider'
import { isProven } from '#signals/provider/tenants'

export const SEGMENTS = ['Existing', 'Migration', 'Cold', 'Skip'] as const
export type Segment = (typeof SEGMENTS)[number]
export const PRIORITIES = [1, 2, 3, 4, 5, 6, 7]

export type SegmentReason =
  | 'tenant-proven'
  | 'microsoft-365-mailbox'
  | 'public-sector'
  | 'mail-provider' // the provider's own domain, or one where the public has mailboxes
  | 'consumer-mailbox'
  | 'no-mail'
  | 'score' // the score alone decided

export interface SegmentVerdict {
  segment: Segment
  /** 1 (call first) to 7. */
  priority: number
  reason: SegmentReason
  /** True while an unknown signal could move the lead to another segment. */
  provisional: boolean
}

interface SegmentInput {
  domain: Domain
  provider: ProviderVerdict
  score: Score
  extras: LeadExtras
}

const MIGRATION_SCORE_MIN = 60
const COLD_SCORE_MIN = 30

export function segmentLead({ domain, provider, score, extras }: SegmentInput): SegmentVerdict {
  const { kind, settled } = provider.mailbox
  const certain = segmentByFacts(domain, extras)
  if (certain) return createVerdict(...certain, score.value, false)
  if (isProven(provider.tenants.microsoft365)) return createVerdict('Existing', 'tenant-proven', score.value, false)
  const [segment, reason] = segmentByMailbox(kind) ?? [segmentByScore(kind, score.value), 'score']
  const scoreDecides = reason === 'score' && segmentByScore(kind, score.min) !== segmentByScore(kind, score.max)
  const tenantDecides = segment !== 'Existing' && provider.tenants.unanswered.length > 0
  return createVerdict(segment, reason, score.value, !settled || kind === 'unknown' || scoreDecides || tenantDecides)
}

type Decision = [Segment, SegmentReason]

/** Decides by facts that no signal can change. */
function segmentByFacts(domain: Domain, { tenantId }: LeadExtras): Decision | null {
  if (tenantId !== null) return ['Existing', 'tenant-proven']
  if (isMailProvider(domain)) return ['Skip', 'mail-provider']
  return PUBLIC_SECTOR.test(getPublicSuffix(domain)) ? ['Skip', 'public-sector'] : null
}

function segmentByMailbox(kind: MailboxKind): Decision | null {
  if (kind === 'microsoft-365') return ['Existing', 'microsoft-365-mailbox']
  if (kind === 'public-sector') return ['Skip', 'public-sector']
  if (kind === 'consumer') return ['Skip', 'consumer-mailbox']
  return kind === 'none' ? ['Skip', 'no-mail'] : null
}

/** An unknown mailbox is not a migration yet, whatever the score. */
function segmentByScore(kind: MailboxKind, score: number): Segment {
  if (score >= MIGRATION_SCORE_MIN && kind !== 'unknown') return 'Migration'
  return score >= COLD_SCORE_MIN ? 'Cold' : 'Skip'
}

/** Suffixes reserved for public bodies: ministries, municipalities, police and armed forces. */
const PUBLIC_SECTOR = /^(?:(?:gov|mil)(?:\.[a-z]{2})?|(?:bel|pol|tsk)\.tr)$/

function createVerdict(segment: Segment, reason: SegmentReason, score: number, provisional: boolean): SegmentVerdict {
  return { segment, priority: choosePriority(segment, score), reason, provisional }
}

export function choosePriority(segment: Segment, score: number): number {
  if (segment === 'Migration') return score >= 80 ? 1 : score >= 70 ? 2 : 3
  if (segment === 'Existing') return score >= 70 ? 4 : 5
  return segment === 'Cold' ? 6 : 7
}
