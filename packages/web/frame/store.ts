/** A value that several parts of the page share: who is signed in, the language, the toasts. */
import { useEffect, useState } from 'preact/hooks'

interface Store<Value> {
  get: () => Value
  set: (next: Value) => void
  /** Calls the listener after each change; returns what ends that. */
  subscribe: (listener: () => void) => () => void
}

export function createStore<Value>(first: Value): Store<Value> {
  const listeners = new Set<() => void>()
  let value = first
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useStore<Value>(store: Store<Value>): Value {
  const [value, setValue] = useState(store.get)
  useEffect(() => {
    const follow = () => setValue(() => store.get())
    follow() // the value may have changed between the render and this effect
    return store.subscribe(follow)
  }, [store])
  return value
}
