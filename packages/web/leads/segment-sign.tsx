import type { Segment } from '#web/leads/state'

const OUTER = 'M2 2.5a9.5 9.5 0 0 1 9.5 9.5'
const MIDDLE = 'M2 6.5A5.5 5.5 0 0 1 7.5 12'
const DOT = <circle cx="3.25" cy="10.75" r="1.75" fill="currentColor" stroke="none" />

const DRAWN = {
  Migration: (
    <>
      <path d={OUTER} />
      <path d={MIDDLE} />
      {DOT}
    </>
  ),
  Existing: <path d="M2.5 7.5l3 3 6-7" />,
  Cold: DOT,
  Skip: <path d="M3 7h8" />,
}

/** The mark's signal: three arcs for a migration, its dot alone for a cold lead. */
export function SegmentSign({ segment }: { segment: Segment }) {
  return (
    <svg class="segment-sign" data-segment={segment} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      {DRAWN[segment]}
    </svg>
  )
}
