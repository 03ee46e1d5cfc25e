import type { Segment } from '#web/leads/state'

const DOT = <circle cx="7" cy="7" r="1.9" fill="currentColor" stroke="none" />

const DRAWN = {
  Migration: (
    <>
      <path d="M7.9 1.2a5.9 5.9 0 0 1 4.9 4.9M6.1 12.8a5.9 5.9 0 0 1-4.9-4.9" />
      {DOT}
    </>
  ),
  Existing: <path d="M2.5 7.5l3 3 6-7" />,
  Cold: DOT,
  Skip: <path d="M3 7h8" />,
}

/** The mark for a migration, and its dot alone for a cold lead. */
export function SegmentSign({ segment }: { segment: Segment }) {
  return (
    <svg class="segment-sign" data-segment={segment} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      {DRAWN[segment]}
    </svg>
  )
}
