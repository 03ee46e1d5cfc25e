import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Failed } from '#web/frame/blocks.tsx'
import { Dialog } from '#web/frame/dialog.tsx'
import { useFormat } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { State, type StateKind } from '#web/frame/state.tsx'
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
  const { data, error, retry } = useAsk(`/alerts/channels/${id}/deliveries`, (signal) =>
    api.get('/alerts/channels/{channel}/deliveries', { params: { channel: id }, query: { limit: SHOWN }, signal }),
  )
  return (
    <Dialog isOpen onClose={onClose} title={t.channels.logTitle(name)} look="wide">
      {error && !data && <Failed error={error} retry={retry} />}
      {data?.deliveries.length === 0 && <p class="muted">{t.channels.logNone}</p>}
      {data
        ? data.deliveries.length > 0 && <Deliveries deliveries={data.deliveries} reload={retry} />
        : !error && <Bone width={32} />}
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
    <table class="table">
      <thead>
        <tr>
          <th scope="col">{t.channels.logColumns.what}</th>
          <th scope="col">{t.channels.logColumns.state}</th>
          <th scope="col" data-kind="number">
            {t.channels.logColumns.attempts}
          </th>
          <th scope="col">{t.channels.logColumns.at}</th>
          <th scope="col">{t.channels.logColumns.answer}</th>
          <th scope="col">
            <span class="visually-hidden">{t.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
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
            <td>
              {delivery.last_at && (
                <time dateTime={delivery.last_at} title={format.fullTime(delivery.last_at)}>
                  {format.ago(delivery.last_at)}
                </time>
              )}
            </td>
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
      </tbody>
    </table>
  )
}
