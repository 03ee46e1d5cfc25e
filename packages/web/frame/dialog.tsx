import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import '#web/frame/dialog.css'
import { useTexts } from '#web/frame/language'
import { Cross } from '#web/frame/cross.tsx'
import { openDialogs, Toasts } from '#web/frame/toasts.tsx'
import { texts } from '#web/texts/texts'

interface DialogProps {
  isOpen: boolean
  /** Called by the button, Escape and a click beside the dialog. */
  onClose: () => void
  title: ComponentChildren
  /** `wide` for tables and records; `side` slides in at the right edge. */
  look?: 'narrow' | 'wide' | 'side'
  /** Buttons at the foot. */
  foot?: ComponentChildren
  children: ComponentChildren
}

/** A modal dialog: the platform traps the focus and returns it to the element that had it. */
export function Dialog(props: DialogProps) {
  return props.isOpen ? <OpenDialog {...props} /> : null
}

function OpenDialog({ onClose, title, look = 'narrow', foot, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const [depth] = useState(() => openDialogs.get() + 1)
  const heading = useId()
  const t = useTexts(texts)

  useEffect(() => {
    const opener = document.activeElement
    ref.current?.showModal()
    openDialogs.set(depth)
    return () => {
      openDialogs.set(depth - 1)
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true })
    }
  }, [depth])

  return (
    <dialog
      ref={ref}
      class="dialog"
      data-look={look}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      // Safari has no `closedby`
      onPointerDown={(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog-page">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" class="icon-button" aria-label={t.close} onClick={onClose}>
            <Cross />
          </button>
        </header>
        <div class="dialog-body">{children}</div>
        {foot && <footer class="dialog-foot">{foot}</footer>}
        <Toasts depth={depth} />
      </div>
    </dialog>
  )
}
