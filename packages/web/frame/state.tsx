import type { ComponentChildren } from 'preact'

/**
 * `good`: proven, present. `part`: waiting, in progress, partly. `none`: unknown, unproven. `bad`: failed, absent.
 */
export type StateKind = 'good' | 'part' | 'none' | 'bad'

/** A state is a sign and a word, never a colour alone. */
export function State({ kind, children }: { kind: StateKind; children: ComponentChildren }) {
  return (
    <span class="state" data-kind={kind}>
      <StateSign kind={kind} />
      <span>{children}</span>
    </span>
  )
}

export function StateSign({ kind }: { kind: StateKind }) {
  return (
    <svg class="state-sign" data-kind={kind} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {SIGNS[kind]}
    </svg>
  )
}

const RING = <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" />

const SIGNS = {
  good: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  part: (
    <>
      {RING}
      <path d="M6 1.75a4.25 4.25 0 0 1 0 8.5z" fill="currentColor" />
    </>
  ),
  none: (
    <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="1.6 1.74" />
  ),
  bad: <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" stroke-width="2" stroke-linecap="square" />,
}
