import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Failed } from '#web/frame/blocks.tsx'
import { useFormat } from '#web/frame/language'
import { showToast } from '#web/frame/toasts.tsx'
import { useSend } from '#web/operations/send'
import { useOperationsTexts } from '#web/operations/texts'

type Session = DataOf<ClientOperations['get /admin/sessions']>['sessions'][number]

/** Browsers that are signed in, of all keys. */
export function Sessions() {
  const t = useOperationsTexts()
  const { data, error, retry } = useAsk('/admin/sessions', (signal) =>
    api.get('/admin/sessions', { query: { limit: 200 }, signal }),
  )
  // the keys above say the same of a key that may not read them
  if (error?.code === 'SCOPE_MISSING') return null
  return (
    <section class="panel" aria-labelledby="sessions">
      <header class="panel-head">
        <h2 id="sessions">{t.sessions.title}</h2>
      </header>
      {error && !data && <Failed error={error} retry={retry} />}
      {data ? <SessionTable sessions={data.sessions.toReversed()} reload={retry} /> : !error && <Bone width={32} />}
    </section>
  )
}

function SessionTable({ sessions, reload }: { sessions: readonly Session[]; reload: () => void }) {
  const t = useOperationsTexts()
  const format = useFormat()
  const { isSending, send } = useSend()
  const end = (session: string) =>
    send(async () => {
      await api.delete('/admin/sessions/{session}', { params: { session } })
      showToast(t.sessions.ended)
      reload()
    })
  return (
    <div class="table-scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t.sessions.columns.key}</th>
            <th scope="col" class="wide-only">
              {t.sessions.columns.browser}
            </th>
            <th scope="col">{t.sessions.columns.seen}</th>
            <th scope="col" class="wide-only">
              {t.sessions.columns.expires}
            </th>
            <th scope="col">
              <span class="visually-hidden">{t.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map(({ id, key_name: name, browser, last_seen_at: seen, expires_at: expires }) => (
            <tr key={id}>
              <th scope="row" class="row-name">
                {name}
              </th>
              <td class="wide-only">{browser}</td>
              <td>
                <time dateTime={seen} title={format.fullTime(seen)}>
                  {format.ago(seen)}
                </time>
              </td>
              <td class="wide-only">
                <time dateTime={expires} title={format.fullTime(expires)}>
                  {format.time(expires)}
                </time>
              </td>
              <td data-kind="number">
                <button
                  type="button"
                  class="button"
                  data-look="quiet"
                  disabled={isSending}
                  aria-label={t.sessions.endOne(name, browser)}
                  onClick={() => end(id)}
                >
                  {t.sessions.end}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
