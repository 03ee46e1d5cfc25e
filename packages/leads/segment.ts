/** Which pile a lead belongs to and how soon to call. Pure. */
import type { LeadExtras, Score } from '#leads/score'
import type { ProviderVerdict } from '#signals/provider'
import type { Domain } from '#signals/normalise'

export const SEGMENTS = ['Existing', 'Migration', 'Cold', 'Skip'] as const
export type Segment = (typeof SEGMENTS)[number]

export type SegmentReason =
  'tenant-proven' | 'microsoft-365-mailbox' | 'public-sector' | 'consumer-mailbox' | 'no-mail' | 'score' // the score alone decided

export interface SegmentVerdict {
  segment: Segment
  /** 1 (call first) to 7. */
  priority: number
  reason: SegmentReason
  /** True while what is unknown could move the lead to another segment. */
  provisional: boolean
}

export interface SegmentInput {
  domain: Domain
  provider: ProviderVerdict
  score: Score
  extras: LeadExtras
}

export type SegmentLead = (input: SegmentInput) => SegmentVerdict
