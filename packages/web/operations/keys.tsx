import { useState } from 'preact/hooks'
import type { ClientOperations, DataOf } from '#client/operations'
import { useDialog } from '#web/frame/address'
import { api, type Failure } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Failed } from '#web/frame/blocks.tsx'
import { Dialog } from '#web/frame/dialog.tsx'
import { useFormat, useTexts } from '#web/frame/language'
import { Answer, Panel } from '#web/frame/panel.tsx'
import { State, type StateKind } from '#web/frame/state.tsx'
import { Table } from '#web/frame/table.tsx'
import { Time } from '#web/frame/time.tsx'
import { showToast } from '#web/frame/toasts.tsx'
import { KeyForm, type NewKey, NewKeyDialog } from '#web/operations/new-key.tsx'
import { useSend } from '#web/operations/send'
import { useOperationsTexts } from '#web/operations/texts'
import { texts } from '#web/texts/texts'

type Key = DataOf<ClientOperations['get /admin/keys']>['keys'][number]

/** A day. */
const GRACE_SECONDS = 86_400
const KINDS: Record<Key['state'], StateKind> = { active: 'good', revoked: 'bad', expired: 'none' }

export function KeysPart() {
  const t = useOperationsTexts()
  const create = useDialog('new-key')
  const [made, setMade] = useState<NewKey>()
  const asked = useAsk('/admin/keys', (signal) => api.get('/admin/keys', { query: { limit: 200 }, signal }))
  const show = (key: NewKey) => {
    create.close()
    setMade(key)
    asked.retry()
  }
  return (
    <Panel
      id="keys"
      title={t.parts.keys}
      head={
        <button type="button" class="button" onClick={create.open}>
          {t.keys.create}
        </button>
      }
    >
      <Answer asked={asked}>{({ keys }) => <Keys keys={keys.toReversed()} show={show} reload={asked.retry} />}</Answer>
      <Dialog isOpen={create.isOpen} onClose={create.close} title={t.keys.create}>
        <KeyForm onMade={show} />
      </Dialog>
      <NewKeyDialog made={made} onClose={() => setMade(undefined)} />
    </Panel>
  )
}

interface KeysProps {
  keys: readonly Key[]
  show: (key: NewKey) => void
  reload: () => void
}

function Keys({ keys, show, reload }: KeysProps) {
  const t = useOperationsTexts()
  const [question, setQuestion] = useState<{ what: 'rotate' | 'revoke'; of: Key }>()
  return (
    <>
      <Table
        headings={[
          t.keys.columns.name,
          t.keys.columns.state,
          { name: t.keys.columns.scopes, isWide: true },
          { name: t.keys.columns.used, isWide: true },
          { name: t.keys.columns.created, isWide: true },
          { name: t.keys.columns.limit, isWide: true, isNumber: true },
          { name: t.actions, isHidden: true },
        ]}
      >
        {keys.map((key) => (
          <KeyRow key={key.keyid} info={key} ask={(what) => setQuestion({ what, of: key })} />
        ))}
      </Table>
      {question && (
        <ConfirmDialog
          {...question}
          onClose={() => setQuestion(undefined)}
          onRotated={(key) => {
            setQuestion(undefined)
            show(key)
          }}
          onRevoked={() => {
            setQuestion(undefined)
            reload()
          }}
        />
      )}
    </>
  )
}

function KeyRow({ info, ask }: { info: Key; ask: (what: 'rotate' | 'revoke') => void }) {
  const t = useOperationsTexts()
  const format = useFormat()
  const { keyid, name, scopes, state, last_used_at: used, created_at: created, previous_until: until } = info
  return (
    <tr data-ended={state !== 'active'}>
      <th scope="row" class="row-name">
        {name}
        <span class="row-note">
          <code>{keyid}</code>
          {state === 'active' && until && new Date(until) > new Date() && ` ${t.keys.grace(format.time(until))}`}
        </span>
      </th>
      <td>
        <State kind={KINDS[state]}>{t.keys.states[state]}</State>
      </td>
      <td class="wide-only">{scopes.map((scope) => t.keys.scopes[scope]).join(', ')}</td>
      <td class="wide-only">{used ? <Time at={used} as="ago" /> : <span class="muted">{t.keys.never}</span>}</td>
      <td class="wide-only">
        <Time at={created} as="date" />
      </td>
      <td data-kind="number" class="wide-only">
        {info.limit_per_minute === null ? (
          <span class="muted">{t.keys.standard}</span>
        ) : (
          format.number(info.limit_per_minute)
        )}
      </td>
      <td data-kind="number">
        {state === 'active' && (
          <>
            <button type="button" class="button" data-look="quiet" onClick={() => ask('rotate')}>
              {t.keys.rotate}
              <span class="visually-hidden"> {name}</span>
            </button>
            <button type="button" class="button" data-look="quiet" onClick={() => ask('revoke')}>
              {t.keys.revoke}
              <span class="visually-hidden"> {name}</span>
            </button>
          </>
        )}
      </td>
    </tr>
  )
}

interface ConfirmProps {
  what: 'rotate' | 'revoke'
  of: Key
  onClose: () => void
  onRotated: (key: NewKey) => void
  onRevoked: () => void
}

/** Says what follows before it happens; a refusal stays in the dialog. */
function ConfirmDialog({ what, of: { keyid, name }, onClose, onRotated, onRevoked }: ConfirmProps) {
  const t = useOperationsTexts()
  const common = useTexts(texts)
  const [error, setError] = useState<Failure>()
  const { isSending, send } = useSend(setError)
  const isRotation = what === 'rotate'
  const act = () =>
    send(async () => {
      if (!isRotation) {
        await api.delete('/admin/keys/{keyid}', { params: { keyid } })
        showToast(t.keys.revoked(name))
        return onRevoked()
      }
      const { data } = await api.post('/admin/keys/{keyid}/rotate', {
        params: { keyid },
        body: { grace_seconds: GRACE_SECONDS },
      })
      return onRotated({ name, text: data.key })
    })
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={isRotation ? t.keys.rotateTitle(name) : t.keys.revokeTitle(name)}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            {common.cancel}
          </button>
          <button
            type="button"
            class="button"
            data-look={isRotation ? 'main' : 'danger'}
            disabled={isSending}
            onClick={act}
          >
            {isRotation ? t.keys.rotate : t.keys.revoke}
          </button>
        </>
      }
    >
      <p>{isRotation ? t.keys.rotateText : t.keys.revokeText}</p>
      {error && <Failed error={error} />}
    </Dialog>
  )
}
