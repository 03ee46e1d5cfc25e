/** Addresses of the lists that the dashboard's numbers count. */
import { writeFields } from '#web/frame/fields'
import { FIELDS, type ListState } from '#web/leads/state'

export function linkToLeads(some: Partial<ListState> = {}): string {
  return `/leads${writeFields(FIELDS, some)}`
}

export function linkToLead(domain: string): string {
  return `/leads/${encodeURIComponent(domain)}`
}

/** What a priority means as a segment and its scores, from which it follows (packages/leads/score/segment.ts). */
export const PRIORITY_FILTERS: readonly Partial<Pick<ListState, 'segment' | 'score_min' | 'score_max'>>[] = [
  { segment: 'Migration', score_min: 80 },
  { segment: 'Migration', score_min: 70, score_max: 79 },
  { segment: 'Migration', score_max: 69 },
  { segment: 'Existing', score_min: 70 },
  { segment: 'Existing', score_max: 69 },
  { segment: 'Cold' },
  { segment: 'Skip' },
]
