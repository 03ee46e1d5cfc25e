import { LEAD_SORTS } from '#leads/list/lead-order'
import type { LeadQuery } from '#leads/list/list-leads'
import { SEGMENTS } from '#leads/score/segment'
import { nameImport } from './many-leads.ts'

type Filters = Omit<LeadQuery, 'sort' | 'limit' | 'cursor'>

/** Filters by what makes them hard: common and rare values, ones that exclude each other, and ones that find nothing. */
const FILTERS: Record<string, Filters> = {
  'no filter': {},
  ...Object.fromEntries(SEGMENTS.map((segment) => [`segment ${segment}`, { segment }])),
  'provider, common': { provider: 'microsoft-365' },
  'provider, one in ten': { provider: 'zoho' },
  'provider, none has it': { provider: 'nobody' },
  'score, half': { scoreMin: 50 },
  'score, few': { scoreMin: 100 },
  'score, none': { scoreMin: 1, scoreMax: 1 },
  'score, a band': { scoreMin: 60, scoreMax: 65 },
  'segment and score, in conflict': { segment: 'Cold', scoreMin: 70 },
  'segment and provider, in conflict': { segment: 'Migration', provider: 'microsoft-365' },
  'segment, provider and score': { segment: 'Migration', provider: 'google', scoreMin: 80 },
  'segment, provider and score, in conflict': { segment: 'Cold', provider: 'google', scoreMin: 61 },
  'text, common': { text: 'kimya' },
  'text, in most': { text: '.com' },
  'text, rare': { text: 'akboya1' },
  'text, one lead': { text: '777-7.' },
  'text, nothing': { text: 'xyzzy' },
  'text, one letter': { text: 'q' },
  'text, two letters': { text: 'ak' },
  'text, in every list': { text: 'ltd. şti' },
  'text, one list in a hundred': { text: 'üretim 77' },
  'text, one list': { text: 'akboya 1 ltd' },
  'text and segment': { text: 'celik1', segment: 'Migration' },
  'text and provider, nothing': { text: 'xyzzy', provider: 'google' },
  'import, unknown': { importId: '00000000-0000-7000-8000-00000000dead' },
  'import, one in three': { importId: nameImport(3) },
  'import, one in three, and score': { importId: nameImport(3), scoreMin: 60, scoreMax: 65 },
  'moved, one in twenty': { movedSince: new Date('2026-08-01T00:00:00Z') },
  'moved, never': { movedSince: new Date('2027-01-01T00:00:00Z') },
  'referral, none has it': { referral: 'marketplace' },
  'referral, few': { referral: 'co-sell' },
  everything: { segment: 'Migration', provider: 'google', scoreMin: 70, scoreMax: 90, text: 'deniz' },
}

interface LeadCase {
  filter: string
  query: Omit<LeadQuery, 'limit'>
}

/** Every filter in every order. */
export const LEAD_CASES: LeadCase[] = LEAD_SORTS.flatMap((sort) =>
  Object.entries(FILTERS).map(([filter, filters]) => ({ filter, query: { ...filters, sort } })),
)
