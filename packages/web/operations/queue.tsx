import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Failed } from '#web/frame/blocks.tsx'
import { useFormat } from '#web/frame/language'
import { State, type StateKind } from '#web/frame/state.tsx'
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
  const { data, error, retry } = useAsk('/scan/bulk', (signal) =>
    api.get('/scan/bulk', { query: { limit: SHOWN }, signal }),
  )
  return (
    <section class="panel" aria-labelledby="queue">
      <header class="panel-head">
        <h2 id="queue">{t.queue.title}</h2>
      </header>
      {error && !data && <Failed error={error} retry={retry} />}
      {data?.jobs.length === 0 && <p class="panel-text muted">{t.queue.none}</p>}
      {data ? data.jobs.length > 0 && <Jobs jobs={data.jobs} reload={retry} /> : !error && <Bone width={24} />}
    </section>
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
    <div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t.queue.columns.created}</th>
            <th scope="col">{t.queue.columns.state}</th>
            <th scope="col" class="wide-only">
              {t.queue.columns.kind}
            </th>
            <th scope="col" data-kind="number" class="wide-only">
              {t.queue.columns.received}
            </th>
            <th scope="col">
              <span class="visually-hidden">{t.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map(({ id, state, kind, created_at: at, created_by: by, received }) => (
            <tr key={id}>
              <th scope="row" class="row-name">
                <time dateTime={at} title={format.fullTime(at)}>
                  {format.time(at)}
                </time>
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
        </tbody>
      </table>
    </div>
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
    <section class="panel" aria-labelledby="dead">
      <header class="panel-head">
        <h2 id="dead">{t.dead.title}</h2>
      </header>
      <div class="panel-text">
        <p class="measure">{t.dead.text}</p>
        <button type="button" class="button" disabled={isSending} onClick={redrive}>
          {t.dead.action}
        </button>
      </div>
    </section>
  )
}
