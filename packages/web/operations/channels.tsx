import { useState } from 'preact/hooks'
import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Empty } from '#web/frame/blocks.tsx'
import { Answer, Panel } from '#web/frame/panel.tsx'
import { State, type StateKind } from '#web/frame/state.tsx'
import { Table } from '#web/frame/table.tsx'
import { showToast } from '#web/frame/toasts.tsx'
import { ChannelLog } from '#web/operations/channel-log.tsx'
import { useSend } from '#web/operations/send'
import { useOperationsTexts } from '#web/operations/texts'

type Channel = DataOf<ClientOperations['get /alerts/channels']>['channels'][number]

const KINDS: Record<Channel['state'], StateKind> = {
  active: 'good',
  failing: 'bad',
  unverified: 'part',
  disabled: 'none',
}

export function ChannelsPart() {
  const t = useOperationsTexts()
  const [logged, setLogged] = useState<Channel>()
  const asked = useAsk('/alerts/channels', (signal) => api.get('/alerts/channels', { signal }))
  return (
    <Panel id="channels" title={t.parts.channels}>
      <Answer asked={asked}>
        {({ channels }) =>
          channels.length === 0 ? (
            <Empty title={t.channels.none}>
              <p class="block-text">{t.channels.noneText}</p>
              <p>
                <code>npx hunter alerts --help</code>
              </p>
            </Empty>
          ) : (
            <Channels channels={channels} reload={asked.retry} showLog={setLogged} />
          )
        }
      </Answer>
      {logged && <ChannelLog channel={logged} onClose={() => setLogged(undefined)} />}
    </Panel>
  )
}

interface ChannelsProps {
  channels: readonly Channel[]
  reload: () => void
  showLog: (channel: Channel) => void
}

function Channels({ channels, reload, showLog }: ChannelsProps) {
  const t = useOperationsTexts()
  return (
    <Table
      headings={[
        t.channels.columns.name,
        t.channels.columns.state,
        { name: t.channels.columns.kind, isWide: true },
        { name: t.channels.columns.address, isWide: true },
        { name: t.channels.columns.sends, isWide: true },
        { name: t.actions, isHidden: true },
      ]}
    >
      {channels.map((channel) => (
        <ChannelRow key={channel.id} channel={channel} reload={reload} showLog={() => showLog(channel)} />
      ))}
    </Table>
  )
}

interface RowProps {
  channel: Channel
  reload: () => void
  showLog: () => void
}

function ChannelRow({ channel, reload, showLog }: RowProps) {
  const t = useOperationsTexts()
  const { isSending, send } = useSend()
  const { id, name, kind, address, state, state_reason: reason, digest_hour: hour, timezone } = channel
  const test = () =>
    send(async () => {
      const { data } = await api.post('/alerts/channels/{channel}/test', {
        params: { channel: id },
        idempotencyKey: crypto.randomUUID(),
      })
      const text = data.sent ? t.channels.sent(name) : t.channels.notSent(name, data.reason ?? '')
      showToast([text, data.note].filter(Boolean).join(' '), { kind: data.sent ? 'done' : 'failed' })
      reload()
    })
  return (
    <tr>
      <th scope="row" class="row-name">
        {name}
      </th>
      <td>
        <State kind={KINDS[state]}>{t.channels.states[state]}</State>
        {reason && <span class="row-note">{reason}</span>}
      </td>
      <td class="wide-only">{t.channels.kinds[kind]}</td>
      <td class="wide-only">
        <code>{address}</code>
      </td>
      <td title={timezone} class="wide-only">
        {hour === null ? t.channels.atOnce : t.channels.daily(`${String(hour).padStart(2, '0')}:00`)}
      </td>
      <td data-kind="number">
        <button type="button" class="button" data-look="quiet" disabled={isSending} onClick={test}>
          {t.channels.test}
          <span class="visually-hidden"> {name}</span>
        </button>
        <button type="button" class="button" data-look="quiet" onClick={showLog}>
          {t.channels.log}
          <span class="visually-hidden"> {name}</span>
        </button>
      </td>
    </tr>
  )
}
