import { useState } from 'preact/hooks'
import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { useFormat, useTexts } from '#web/frame/language'
import { Answer } from '#web/frame/panel.tsx'
import { Time } from '#web/frame/time.tsx'
import { nameProvider, useLeadsTexts } from '#web/leads/cells.tsx'
import type { Lead } from '#web/lead/model'
import { leadTexts } from '#web/lead/texts'

type Change = DataOf<ClientOperations['get /leads/{domain}/history']>['changes'][number]

const FIRST = 10
const MOST = 200
/** Changes of the place of the mail: what a sales person calls about. */
const MOVES = new Set(['mx_changed', 'provider_changed', 'gateway_changed', 'segment_changed'])

export function History({ lead: { domain, scanned_at: scannedAt } }: { lead: Lead }) {
  const t = useTexts(leadTexts)
  const [limit, setLimit] = useState(FIRST)
  const asked = useAsk(`history ${domain} ${limit} ${scannedAt}`, (signal) =>
    api.get('/leads/{domain}/history', { params: { domain }, query: { limit }, signal }),
  )
  return (
    <section aria-labelledby="history">
      <h2 id="history">{t.history.title}</h2>
      <Answer asked={asked}>
        {({ changes }) =>
          changes.length === 0 ? (
            <p class="muted">{t.history.none}</p>
          ) : (
            <ol class="history">
              {changes.map((change) => (
                <ChangeItem key={change.id} change={change} />
              ))}
            </ol>
          )
        }
      </Answer>
      {asked.data?.next_cursor && limit < MOST && (
        <button type="button" class="button" data-look="quiet" onClick={() => setLimit(MOST)}>
          {t.history.more}
        </button>
      )}
    </section>
  )
}

function ChangeItem({ change: { type, old, new: next, cause, at } }: { change: Change }) {
  const t = useTexts(leadTexts)
  const list = useLeadsTexts()
  const format = useFormat()
  const show = (value: string | number | null) => {
    if (value === null) return t.history.nothing
    if (typeof value === 'number') return format.number(value)
    if (type === 'provider_changed' || type === 'gateway_changed') return nameProvider(value, list)
    if (type === 'segment_changed') return list.segments[value as keyof typeof list.segments] ?? value
    return /^\d{4}-\d\d-\d\dT/.test(value) ? format.date(value) : value
  }
  return (
    <li class="change" data-moved={MOVES.has(type)}>
      <p class="change-what">
        <b>{t.history.types[type] ?? type}</b> <span class="muted">{t.history.causes[cause]}</span>
      </p>
      <p class="change-values" dir="auto">
        <span class="change-old">{show(old)}</span> <span aria-hidden="true">→</span> <span>{show(next)}</span>
      </p>
      <Time at={at} as="date" class="muted" />
    </li>
  )
}
