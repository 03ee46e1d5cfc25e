import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { useFormat } from '#web/frame/language'
import { Answer, Panel } from '#web/frame/panel.tsx'
import { State, type StateKind } from '#web/frame/state.tsx'
import { Table } from '#web/frame/table.tsx'
import { Time } from '#web/frame/time.tsx'
import { showToast } from '#web/frame/toasts.tsx'
import { useSend } from '#web/operations/send'
import { useOperationsTexts } from '#web/operations/texts'

type Job = DataOf<ClientOperations['get /scan/bulk']>['jobs'][number]

const SHOWN = 12
const KINDS: Record<Job['state'], StateKind> = {
  unsent: 'bad',
  queued: 'part',
  running: 'part',
  done: 'good',
  cancelled: 'none',
}

/** Bulk scans, newest first. */
export function Queue() {
  const t = useOperationsTexts()
  const asked = useAsk('/scan/bulk', (signal) => api.get('/scan/bulk', { query: { limit: SHOWN }, signal }))
  return (
    <Panel id="queue" title={t.queue.title}>
      <Answer asked={asked}>
        {({ jobs }) =>
          jobs.length === 0 ? <p class="panel-text muted">{t.queue.none}</p> : <Jobs jobs={jobs} reload={asked.retry} />
        }
      </Answer>
    </Panel>
  )
}

function Jobs({ jobs, reload }: { jobs: readonly Job[]; reload: () => void }) {
  const t = useOperationsTexts()
  const format = useFormat()
  const { isSending, send } = useSend()
  const cancel = (id: string) =>
    send(async () => {
      await api.post('/scan/bulk/{job}/cancel', { params: { job: id }, idempotencyKey: crypto.randomUUID() })
      showToast(t.queue.cancelled)
      reload()
    })
  return (
    <Table
      headings={[
        t.queue.columns.created,
        t.queue.columns.state,
        { name: t.queue.columns.kind, isWide: true },
        { name: t.queue.columns.received, isWide: true, isNumber: true },
        { name: t.actions, isHidden: true },
      ]}
    >
      {jobs.map(({ id, state, kind, created_at: at, created_by: by, received }) => (
        <tr key={id}>
          <th scope="row" class="row-name">
            <Time at={at} as="time" />
            <span class="row-note">
              <code>{by}</code>
            </span>
          </th>
          <td>
            <State kind={KINDS[state]}>{t.queue.states[state]}</State>
          </td>
          <td class="wide-only">{t.queue.kinds[kind]}</td>
          <td data-kind="number" class="wide-only">
            {format.number(received)}
          </td>
          <td data-kind="number">
            {state !== 'done' && state !== 'cancelled' && (
              <button
                type="button"
                class="button"
                data-look="quiet"
                disabled={isSending}
                aria-label={t.queue.cancelOne(format.time(at))}
                onClick={() => cancel(id)}
              >
                {t.queue.cancel}
              </button>
            )}
          </td>
        </tr>
      ))}
    </Table>
  )
}

export function DeadLetters() {
  const t = useOperationsTexts()
  const format = useFormat()
  const { isSending, send } = useSend()
  const redrive = () =>
    send(async () => {
      const { data } = await api.post('/scan/dead-letters/redrive', { idempotencyKey: crypto.randomUUID() })
      const { moved, unreadable, more } = data
      const parts = [
        moved + unreadable === 0 ? t.dead.none : t.dead.done(format.number(moved), moved),
        unreadable > 0 && t.dead.unreadable(format.number(unreadable)),
        more && t.dead.more,
      ]
      showToast(parts.filter(Boolean).join(' '))
    })
  return (
    <Panel id="dead" title={t.dead.title}>
      <div class="panel-text">
        <p class="measure">{t.dead.text}</p>
        <button type="button" class="button" disabled={isSending} onClick={redrive}>
          {t.dead.action}
        </button>
      </div>
    </Panel>
  )
}
