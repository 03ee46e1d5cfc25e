/** Keys of the page: silent while the reader types, with a modifier, and below an open dialog. */
import { useEffect, useRef } from 'preact/hooks'
import { createStore } from '#web/frame/store'
import { openDialogs } from '#web/frame/toasts.tsx'

interface KeyBinding {
  /** `j`, `Enter`, `/`, or two that follow each other: `g l`. */
  keys: string
  /** Says in the help what it does. */
  label: string
  run: () => void
}

/** All bindings of what is on the page, for the help. */
export const bindings = createStore<readonly (readonly KeyBinding[])[]>([])

const CHORD_MS = 1_000
const TYPING = 'input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]'
/** Enter and the space bar already mean something on these. */
const PRESSABLE = 'a, button, summary, input, select'

/** Set `depth` to 1 in a dialog; the page's own keys have depth 0. */
export function useKeys(list: readonly KeyBinding[], depth = 0): void {
  const latest = useRef(list)
  latest.current = list
  const shown = list.map(({ keys, label }) => `${keys} ${label}`).join('\n')
  useEffect(() => {
    const mine = latest.current
    bindings.set([...bindings.get(), mine])
    return () => bindings.set(bindings.get().filter((one) => one !== mine))
  }, [shown])
  useEffect(() => {
    let before = { key: '', at: 0 }
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : document.body
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
      if (openDialogs.get() !== depth || target.closest(TYPING)) return
      if (/^(Enter| )$/.test(event.key) && target.closest(PRESSABLE)) return
      const chord = event.timeStamp - before.at < CHORD_MS ? `${before.key} ${event.key}` : undefined
      before = { key: event.key, at: event.timeStamp }
      const binding =
        latest.current.find(({ keys }) => keys === chord) ?? latest.current.find(({ keys }) => keys === event.key)
      if (!binding) return
      event.preventDefault()
      binding.run()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [depth])
}
