import { useState } from 'preact/hooks'
import type { ClientOperations, DataOf } from '#client/operations'
import { useDialog } from '#web/frame/address'
import { api, type Failure } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Failed } from '#web/frame/blocks.tsx'
import { Dialog } from '#web/frame/dialog.tsx'
import { useFormat, useTexts } from '#web/frame/language'
import { State, type StateKind } from '#web/frame/state.tsx'
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
  const { data, error, retry } = useAsk('/admin/keys', (signal) =>
    api.get('/admin/keys', { query: { limit: 200 }, signal }),
  )
  const show = (key: NewKey) => {
    create.close()
    setMade(key)
    retry()
  }
  return (
    <section class="panel" aria-labelledby="keys">
      <header class="panel-head">
        <h2 id="keys">{t.parts.keys}</h2>
        <button type="button" class="button" onClick={create.open}>
          {t.keys.create}
        </button>
      </header>
      {error && !data && <Failed error={error} retry={retry} />}
      {data ? <Keys keys={data.keys.toReversed()} show={show} reload={retry} /> : !error && <Bone width={32} />}
      <Dialog isOpen={create.isOpen} onClose={create.close} title={t.keys.create}>
        <KeyForm onMade={show} />
      </Dialog>
      <NewKeyDialog made={made} onClose={() => setMade(undefined)} />
    </section>
  )
}

interface KeysProps {
  keys: readonly Key[]
  show: (key: NewKey) => void
  reload: () => void
}

function Keys({ keys, show, reload }: KeysProps) {
  const t = useOperationsTexts()
  const [asked, setAsked] = useState<{ what: 'rotate' | 'revoke'; of: Key }>()
  return (
    <>
      <div class="table-scroll">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t.keys.columns.name}</th>
              <th scope="col">{t.keys.columns.state}</th>
              <th scope="col" class="wide-only">
                {t.keys.columns.scopes}
              </th>
              <th scope="col" class="wide-only">
                {t.keys.columns.used}
              </th>
              <th scope="col" class="wide-only">
                {t.keys.columns.created}
              </th>
              <th scope="col" data-kind="number" class="wide-only">
                {t.keys.columns.limit}
              </th>
              <th scope="col">
                <span class="visually-hidden">{t.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <KeyRow key={key.keyid} info={key} ask={(what) => setAsked({ what, of: key })} />
            ))}
          </tbody>
        </table>
      </div>
      {asked && (
        <ConfirmDialog
          {...asked}
          onClose={() => setAsked(undefined)}
          onRotated={(key) => {
            setAsked(undefined)
            show(key)
          }}
          onRevoked={() => {
            setAsked(undefined)
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
      <td class="wide-only">
        {used ? (
          <time dateTime={used} title={format.fullTime(used)}>
            {format.ago(used)}
          </time>
        ) : (
          <span class="muted">{t.keys.never}</span>
        )}
      </td>
      <td class="wide-only">
        <time dateTime={created} title={format.fullTime(created)}>
          {format.date(created)}
        </time>
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
