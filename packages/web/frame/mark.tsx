/** A signal and a sight in one: arcs to both sides of a dot, open where a crosshair would be. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg class="mark" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <g class="mark-arcs">
        <path d="M13.4 2.1a10 10 0 0 1 8.5 8.5M10.6 21.9a10 10 0 0 1-8.5-8.5" />
        <path d="M13.2 6.1a6 6 0 0 1 4.7 4.7M10.8 17.9a6 6 0 0 1-4.7-4.7" />
      </g>
      <circle class="mark-dot" cx="12" cy="12" r="2.6" />
    </svg>
  )
}
