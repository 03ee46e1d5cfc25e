import { useEffect, useRef, useState } from 'preact/hooks'
import { openDialogs } from '#web/frame/toasts.tsx'
import { isList, readText, type Source } from '#web/leads/pasted'

/** A list that the reader pastes outside a field, or drops anywhere on the page. True while a file is above it. */
export function useIncoming(onSource: (source: Source) => void, pastedName: string): boolean {
  const [isOver, setOver] = useState(false)
  const latest = useRef(onSource)
  latest.current = onSource
  useEffect(() => {
    const ends = new AbortController()
    const { signal } = ends
    const take = (data: DataTransfer | null) => {
      const file = data?.files[0]
      if (file) return latest.current({ name: file.name, file })
      const text = data?.getData('text/plain') ?? ''
      if (isList(text)) latest.current(readText(text, pastedName))
    }
    const isFree = (event: Event) =>
      openDialogs.get() === 0 && !(event.target instanceof Element && event.target.closest('input, textarea, select'))
    window.addEventListener('paste', (event) => isFree(event) && take(event.clipboardData), { signal })
    window.addEventListener(
      'dragover',
      (event) => {
        event.preventDefault()
        setOver(event.dataTransfer?.types.includes('Files') ?? false)
      },
      { signal },
    )
    window.addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), { signal })
    window.addEventListener(
      'drop',
      (event) => {
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer)
      },
      { signal },
    )
    return () => ends.abort()
  }, [pastedName])
  return isOver
}
