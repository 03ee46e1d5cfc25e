/** How each column of the list shows its value. */
import type { ComponentChildren } from 'preact'
import { type Format, useTexts } from '#web/frame/language'
import { Scale } from '#web/frame/scale.tsx'
import { Time } from '#web/frame/time.tsx'
import { SegmentSign } from '#web/leads/segment-sign.tsx'
import type { en } from '#web/leads/en'
import type { Column, LeadRow } from '#web/leads/state'
import { texts } from '#web/texts/texts'

type Texts = typeof en

interface Shown {
  /** Column of the API that it sorts by: first the useful direction. */
  sort?: 'priority' | 'score' | 'scanned_at' | 'domain'
  isDescendingFirst?: boolean
  /** Pixels, until the reader sizes it. */
  width: number
  cell: (lead: LeadRow, t: Texts, format: Format) => ComponentChildren
}

export const CELLS: Readonly<Record<Column, Shown>> = {
  score: {
    sort: 'score',
    isDescendingFirst: true,
    width: 148,
    cell: ({ score, score_min: min, score_max: max }) => (
      <span class="score">
        <b>{score}</b>
        <Scale value={score} min={min} max={max} />
      </span>
    ),
  },
  segment: {
    width: 116,
    cell: ({ segment, provisional }, t) => (
      <span class="state" title={provisional ? t.provisional : t.segmentHelp[segment]}>
        <SegmentSign segment={segment} />
        <span>
          {t.segments[segment]}
          {provisional && '?'}
        </span>
      </span>
    ),
  },
  priority: { sort: 'priority', width: 84, cell: ({ priority }) => priority },
  mailbox: { width: 156, cell: ({ mailbox }, t) => nameProvider(mailbox, t) },
  gateway: { width: 128, cell: ({ gateway }, t) => gateway && nameProvider(gateway, t) },
  company: { width: 150, cell: ({ company }) => company && <bdi>{company}</bdi> },
  email_domain: { width: 180, cell: ({ email_domain: domain }) => domain && <bdi>{domain}</bdi> },
  referral: { width: 132, cell: ({ referral }, t) => referral && t.referrals[referral] },
  segment_reason: { width: 180, cell: ({ segment_reason: reason }, t) => t.reasons[reason] ?? reason },
  scanned_at: {
    sort: 'scanned_at',
    isDescendingFirst: true,
    width: 116,
    cell: ({ scanned_at: at }) => <Time at={at} as="ago" class="muted" />,
  },
}

export const DOMAIN = { sort: 'domain', width: 232 } as const

/** `google-workspace` → Google Workspace */
export function nameProvider(id: string, t: Texts): string {
  return (
    t.providers[id] ??
    id
      .replace(/(^|-)(\p{Ll})/gu, (_, dash: string, letter: string) => (dash && ' ') + letter.toUpperCase())
      .replace(/-(?=\d)/g, ' ')
  )
}

export function useLeadsTexts(): Texts {
  return useTexts(texts).leads
}
