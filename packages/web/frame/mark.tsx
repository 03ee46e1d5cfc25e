/** Three arcs of a signal: the innermost is a dot with the gap of a crosshair. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg class="mark" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <g class="mark-arcs">
        <path d="M3.5 3.5a17 17 0 0 1 17 17" />
        <path d="M3.5 11a9.5 9.5 0 0 1 9.5 9.5" />
      </g>
      <path class="mark-dot" d="M3 17a4 4 0 0 1 4 4H5.4A2.4 2.4 0 0 0 3 18.6z" />
      <circle class="mark-dot" cx="4.1" cy="20" r="1.6" />
    </svg>
  )
}
