/**
 * Owns where the page is: the address, the history, and what Back restores. Addresses inside the page have no `/app`:
 * `/leads?sort=domain`.
 */
import { useCallback, useMemo } from 'preact/hooks'
import { type Fields, readFields, type ValuesOf, writeFields } from '#web/frame/fields'
import { keepPlace, restorePlace } from '#web/frame/place'
import { createStore, useStore } from '#web/frame/store'

const BASE = '/app'
const HOME = '/leads'

interface Address {
  path: string
  search: string
  /** Name of the dialog that this entry of the history opened. */
  dialog: string | undefined
}

const address = createStore(readAddress())

function readAddress(): Address {
  const { pathname, search } = window.location
  const { dialog } = (window.history.state ?? {}) as { dialog?: string }
  const path = pathname.replace(/^\/app(?=\/|$)/, '').replace(/(?<=.)\/$/, '')
  return { path: path === '' || path === '/' ? HOME : path, search, dialog }
}

/** The address for a link: `/leads` becomes `/app/leads`. */
export function toHref(to: string): string {
  return BASE + to
}

/** Moves to an address of the page. A new entry of the history, unless it replaces this one. */
export function go(to: string, { replace = false, dialog }: { replace?: boolean; dialog?: string } = {}): void {
  const from = address.get().path
  if (replace) window.history.replaceState({ ...window.history.state, dialog }, '', toHref(to))
  else {
    keepPlace()
    window.history.pushState({ dialog }, '', toHref(to))
  }
  address.set(readAddress())
  if (address.get().path !== from) restorePlace({ scroll: {}, focus: 'main' })
}

export function followHistory(): void {
  window.history.scrollRestoration = 'manual'
  window.addEventListener('popstate', () => {
    address.set(readAddress())
    restorePlace(window.history.state)
  })
  window.addEventListener('pagehide', keepPlace)
  if (window.history.state) restorePlace(window.history.state)
}

export function getPath(): string {
  return address.get().path
}

export function usePath(): string {
  return useStore(address).path
}

/**
 * The view's state in the address, and what changes it. A view calls this once, with all of its fields.
 * `change({ text }, { replace: true })` adds no entry to the history: right for what changes with each key.
 */
export function useAddress<Of extends Fields>(
  fields: Of,
): {
  path: string
  values: ValuesOf<Of>
  change: (some: Partial<ValuesOf<Of>>, options?: { replace?: boolean }) => void
} {
  const { path, search } = useStore(address)
  const values = useMemo(() => readFields(fields, new URLSearchParams(search)), [fields, search])
  const change = useCallback(
    (some: Partial<ValuesOf<Of>>, options: { replace?: boolean } = {}) => {
      const now = readFields(fields, new URLSearchParams(address.get().search))
      const to = address.get().path + writeFields(fields, { ...now, ...some })
      if (toHref(to) !== window.location.pathname + window.location.search) go(to, options)
    },
    [fields],
  )
  return { path, values, change }
}

/** A dialog that Back closes: opening it adds one entry to the history, and closing it leaves that entry. */
export function useDialog(name: string): { isOpen: boolean; open: () => void; close: () => void } {
  const { dialog } = useStore(address)
  const open = useCallback(() => {
    const { path, search } = address.get()
    if (address.get().dialog !== name) go(path + search, { dialog: name })
  }, [name])
  const close = useCallback(() => {
    if (address.get().dialog === name) window.history.back()
  }, [name])
  return { isOpen: dialog === name, open, close }
}
