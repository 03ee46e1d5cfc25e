import { createStore, useStore } from '#web/frame/store'
import { useTexts } from '#web/frame/language'
import { texts } from '#web/texts/texts'

interface Toast {
  id: number
  text: string
  kind: 'done' | 'failed'
  action?: { label: string; run: () => void } | undefined
}

const SHOWN_MAX = 3
const SHOWN_MS = 7_000

const toasts = createStore<Toast[]>([])
/** How many dialogs are open: the innermost shows the toasts, since all else is inert to a screen reader. */
export const openDialogs = createStore(0)
let count = 0

/** Says what happened, for a few seconds. A failure stays until it is closed. */
export function showToast(text: string, { kind = 'done', action }: Partial<Pick<Toast, 'kind' | 'action'>> = {}): void {
  const id = ++count
  toasts.set([...toasts.get(), { id, text, kind, action }].slice(-SHOWN_MAX))
  if (kind === 'done') setTimeout(close, SHOWN_MS, id)
}

function close(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id))
}

/** The live region of the page, or of the dialog at this depth. */
export function Toasts({ depth }: { depth: number }) {
  const list = useStore(toasts)
  const isMine = useStore(openDialogs) === depth
  const t = useTexts(texts)
  return (
    <div class="toasts" role="status" aria-live="polite">
      {isMine &&
        list.map(({ id, text, kind, action }) => (
          <div key={id} class="toast" data-kind={kind}>
            <p>{text}</p>
            {action && (
              <button type="button" class="button" data-look="quiet" onClick={() => (action.run(), close(id))}>
                {action.label}
              </button>
            )}
            <button type="button" class="icon-button" aria-label={t.close} onClick={() => close(id)}>
              <Cross />
            </button>
          </div>
        ))}
    </div>
  )
}

export function Cross() {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d="M4 4l8 8M12 4l-8 8" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" />
    </svg>
  )
}
