import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Answer, Panel } from '#web/frame/panel.tsx'
import { Table } from '#web/frame/table.tsx'
import { Time } from '#web/frame/time.tsx'
import { showToast } from '#web/frame/toasts.tsx'
import { useSend } from '#web/operations/send'
import { useOperationsTexts } from '#web/operations/texts'

type Session = DataOf<ClientOperations['get /admin/sessions']>['sessions'][number]

/** Browsers that are signed in, of all keys. */
export function Sessions() {
  const t = useOperationsTexts()
  const asked = useAsk('/admin/sessions', (signal) => api.get('/admin/sessions', { query: { limit: 200 }, signal }))
  // the keys above say the same of a key that may not read them
  if (asked.error?.code === 'SCOPE_MISSING') return null
  return (
    <Panel id="sessions" title={t.sessions.title}>
      <Answer asked={asked}>
        {({ sessions }) => <SessionTable sessions={sessions.toReversed()} reload={asked.retry} />}
      </Answer>
    </Panel>
  )
}

function SessionTable({ sessions, reload }: { sessions: readonly Session[]; reload: () => void }) {
  const t = useOperationsTexts()
  const { isSending, send } = useSend()
  const end = (session: string) =>
    send(async () => {
      await api.delete('/admin/sessions/{session}', { params: { session } })
      showToast(t.sessions.ended)
      reload()
    })
  return (
    <Table
      headings={[
        t.sessions.columns.key,
        { name: t.sessions.columns.browser, isWide: true },
        t.sessions.columns.seen,
        { name: t.sessions.columns.expires, isWide: true },
        { name: t.actions, isHidden: true },
      ]}
    >
      {sessions.map(({ id, key_name: name, browser, last_seen_at: seen, expires_at: expires }) => (
        <tr key={id}>
          <th scope="row" class="row-name">
            {name}
          </th>
          <td class="wide-only">{browser}</td>
          <td>
            <Time at={seen} as="ago" />
          </td>
          <td class="wide-only">
            <Time at={expires} as="time" />
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
    </Table>
  )
}
