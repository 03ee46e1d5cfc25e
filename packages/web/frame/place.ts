/** Keeps where a reader was on the page (scroll and focus) in the history, and restores it once the view is there. */
interface Place {
  /** Name of the scrolling part → left and top, in pixels. The window's name is empty. */
  scroll?: Record<string, [number, number]>
  /** `data-focus` of the element, or its id. */
  focus?: string
}

const PATIENCE_MS = 4_000
const SCROLLING = '[data-scroll]'

/** Stores the place in the history's current entry. */
export function keepPlace(): void {
  const scroll: Place['scroll'] = { '': [window.scrollX, window.scrollY] }
  for (const part of document.querySelectorAll<HTMLElement>(SCROLLING))
    scroll[part.dataset['scroll'] ?? ''] = [part.scrollLeft, part.scrollTop]
  const focused = document.activeElement?.closest<HTMLElement>('[data-focus], [id]')
  const focus = focused?.dataset['focus'] ?? focused?.id
  window.history.replaceState({ ...window.history.state, scroll, focus }, '')
}

let stop = () => {}

/** Tries with each frame until the rows are there; the reader's own move ends it. */
export function restorePlace(place: Place | null): void {
  stop()
  const ends = new AbortController()
  stop = () => ends.abort()
  const until = performance.now() + PATIENCE_MS
  const attempt = () => {
    if (ends.signal.aborted) return
    const isThere = restoreScroll(place?.scroll ?? {})
    if ((restoreFocus(place?.focus) && isThere) || performance.now() > until) ends.abort()
    else requestAnimationFrame(attempt)
  }
  for (const move of ['wheel', 'touchstart', 'pointerdown', 'keydown'])
    window.addEventListener(move, stop, { signal: ends.signal, passive: true, capture: true })
  requestAnimationFrame(attempt)
}

function restoreScroll(scroll: NonNullable<Place['scroll']>): boolean {
  const wanted = Object.entries({ '': [0, 0] as const, ...scroll })
  return wanted.every(([name, [left, top]]) => {
    const part = name === '' ? document.scrollingElement : document.querySelector(`[data-scroll="${CSS.escape(name)}"]`)
    part?.scrollTo(left, top)
    return part !== null && Math.abs(part.scrollTop - top) < 2
  })
}

function restoreFocus(focus: string | undefined): boolean {
  if (focus === undefined) return true
  const name = CSS.escape(focus)
  const element = document.querySelector<HTMLElement>(`[data-focus="${name}"], [id="${name}"]`)
  element?.focus({ preventScroll: true })
  return element !== null
}
