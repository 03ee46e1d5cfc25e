import { lazy } from '#web/frame/lazy.tsx'
import { createStore, useStore } from '#web/frame/store'

interface Toast {
  id: number
  text: string
  kind: 'done' | 'failed'
  action?: { label: string; run: () => void } | undefined
}

const SHOWN_MAX = 3
const SHOWN_MS = 7_000

export const toasts = createStore<readonly Toast[]>([])
/** How many dialogs are open: the innermost shows the toasts, since all else is inert to a screen reader. */
export const openDialogs = createStore(0)
let count = 0

/** Says what happened, for a few seconds. A failure stays until it is closed. */
export function showToast(text: string, { kind = 'done', action }: Partial<Pick<Toast, 'kind' | 'action'>> = {}): void {
  const id = ++count
  toasts.set([...toasts.get(), { id, text, kind, action }].slice(-SHOWN_MAX))
  if (kind === 'done') setTimeout(closeToast, SHOWN_MS, id)
}

export function closeToast(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id))
}

const ToastList = lazy(() => import('#web/frame/toast-list.tsx'))

/** The live region of the page, or of the dialog at this depth: there before its first text, so that it is read. */
export function Toasts({ depth }: { depth: number }) {
  const hasToasts = useStore(toasts).length > 0
  const isMine = useStore(openDialogs) === depth
  return (
    <div class="toasts" role="status" aria-live="polite">
      {hasToasts && isMine && <ToastList />}
    </div>
  )
}
