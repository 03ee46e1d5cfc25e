import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Dialog } from '#web/frame/dialog.tsx'
import { useFormat } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { Answer } from '#web/frame/panel.tsx'
import { State, type StateKind } from '#web/frame/state.tsx'
import { Table } from '#web/frame/table.tsx'
import { Time } from '#web/frame/time.tsx'
import { showToast } from '#web/frame/toasts.tsx'
import { useSend } from '#web/operations/send'
import { useOperationsTexts } from '#web/operations/texts'

type Delivery = DataOf<ClientOperations['get /alerts/channels/{channel}/deliveries']>['deliveries'][number]

const SHOWN = 50
const KINDS: Record<Delivery['state'], StateKind> = {
  sent: 'good',
  waiting: 'part',
  open: 'part',
  failed: 'bad',
  empty: 'none',
}

interface LogProps {
  channel: { id: string; name: string }
  onClose: () => void
}

/** What was sent to a channel and what waits, newest first. */
export function ChannelLog({ channel: { id, name }, onClose }: LogProps) {
  const t = useOperationsTexts()
  const asked = useAsk(`/alerts/channels/${id}/deliveries`, (signal) =>
    api.get('/alerts/channels/{channel}/deliveries', { params: { channel: id }, query: { limit: SHOWN }, signal }),
  )
  return (
    <Dialog isOpen onClose={onClose} title={t.channels.logTitle(name)} look="wide">
      <Answer asked={asked}>
        {({ deliveries }) =>
          deliveries.length === 0 ? (
            <p class="muted">{t.channels.logNone}</p>
          ) : (
            <Deliveries deliveries={deliveries} reload={asked.retry} />
          )
        }
      </Answer>
    </Dialog>
  )
}

function Deliveries({ deliveries, reload }: { deliveries: readonly Delivery[]; reload: () => void }) {
  const t = useOperationsTexts()
  const format = useFormat()
  const { isSending, send } = useSend()
  const resend = (delivery: string) =>
    send(async () => {
      await api.post('/alerts/deliveries/{delivery}/resend', {
        params: { delivery },
        idempotencyKey: crypto.randomUUID(),
      })
      showToast(t.channels.resent)
      reload()
    })
  return (
    <Table
      headings={[
        t.channels.logColumns.what,
        t.channels.logColumns.state,
        { name: t.channels.logColumns.attempts, isNumber: true },
        t.channels.logColumns.at,
        t.channels.logColumns.answer,
        { name: t.actions, isHidden: true },
      ]}
    >
      {deliveries.map(({ id, alert_id: alert, ...delivery }, at) => (
        <tr key={id ?? alert ?? at}>
          <th scope="row" class="row-name">
            {delivery.domain ? (
              <Link to={`/leads/${encodeURIComponent(delivery.domain)}`}>{delivery.domain}</Link>
            ) : (
              t.channels.digest
            )}
            <span class="row-note">{delivery.type?.replaceAll('_', ' ')}</span>
          </th>
          <td>
            <State kind={KINDS[delivery.state]}>{t.channels.logStates[delivery.state]}</State>
          </td>
          <td data-kind="number">{format.number(delivery.attempts)}</td>
          <td>{delivery.last_at && <Time at={delivery.last_at} as="ago" />}</td>
          <td>
            {delivery.last_status}
            {delivery.last_error && <span class="row-note">{delivery.last_error}</span>}
          </td>
          <td data-kind="number">
            {id && (delivery.state === 'sent' || delivery.state === 'failed') && (
              <button type="button" class="button" data-look="quiet" disabled={isSending} onClick={() => resend(id)}>
                {t.channels.resend}
              </button>
            )}
          </td>
        </tr>
      ))}
    </Table>
  )
}
