/** What a view shows instead of its data: a failure, nothing yet, or bones in the shape of what comes. */
import type { ComponentChildren } from 'preact'
import type { Failure } from '#web/frame/api'
import { useFormat, useTexts } from '#web/frame/language'
import { State } from '#web/frame/state.tsx'
import { texts } from '#web/texts/texts'

/** What failed, what to do, the id of the request, and a button that tries again. */
export function Failed({ error, retry }: { error: Failure; retry?: () => void }) {
  const t = useTexts(texts)
  const format = useFormat()
  const known = t.failures[error.code as keyof typeof t.failures]
  const wait = error.retryAfterS
  return (
    <div class="block" role="alert">
      <State kind="bad">{known?.title ?? t.failed}</State>
      <p class="block-text">{known?.text ?? error.message}</p>
      {!known && error.remedy && <p class="muted">{error.remedy}</p>}
      {wait !== undefined && <p class="muted">{t.retryAfter(format.duration(wait * 1_000))}</p>}
      <p class="block-foot">
        {retry && (
          <button type="button" class="button" onClick={retry}>
            {t.retry}
          </button>
        )}
        {error.requestId && (
          <span class="muted">
            {t.requestId} <code>{error.requestId}</code>
          </span>
        )}
      </p>
    </div>
  )
}

/** Says that there is nothing, and the next step. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="block">
      <p class="block-title">{title}</p>
      {children}
    </div>
  )
}

/** A bar where a text will be; `width` in characters. */
export function Bone({ width = 12 }: { width?: number }) {
  return <span class="bone" style={{ inlineSize: `${width}ch` }} />
}
