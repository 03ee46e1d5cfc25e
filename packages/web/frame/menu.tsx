import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'

interface MenuProps {
  label: ComponentChildren
  children: ComponentChildren
}

/** A button that opens a small page below it. The platform closes it: Escape, or a click elsewhere. */
export function Menu({ label, children }: MenuProps) {
  const id = useId()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" class="button menu-button" popovertarget={id} data-focus={id}>
        {label}
        <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
          <path d="M1 2.5l3 3 3-3" fill="none" stroke="currentColor" stroke-width="1.25" />
        </svg>
      </button>
      <div id={id} popover="auto" class="menu" onBeforeToggle={({ newState }) => setOpen(newState === 'open')}>
        {isOpen && children}
      </div>
    </>
  )
}
