import { useState } from 'preact/hooks'
import { api, type Failure } from '#web/frame/api'
import { Failed } from '#web/frame/blocks.tsx'
import { copyText } from '#web/frame/copy'
import { Dialog } from '#web/frame/dialog.tsx'
import { useTexts } from '#web/frame/language'
import { useSend } from '#web/operations/send'
import { useOperationsTexts } from '#web/operations/texts'
import { texts } from '#web/texts/texts'

export interface NewKey {
  name: string
  /** The key itself. It lives as long as the dialog that shows it. */
  text: string
}

const SCOPES = ['read', 'write', 'admin'] as const

export function KeyForm({ onMade }: { onMade: (key: NewKey) => void }) {
  const t = useOperationsTexts()
  const common = useTexts(texts)
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly (typeof SCOPES)[number][]>(['read'])
  const [limit, setLimit] = useState('')
  const [error, setError] = useState<Failure>()
  const { isSending, send } = useSend(setError)
  const create = () =>
    send(async () => {
      setError(undefined)
      const body = { name: name.trim(), scopes: [...scopes], ...(limit && { limit_per_minute: Number(limit) }) }
      const { data } = await api.post('/admin/keys', { body })
      onMade({ name: body.name, text: data.key })
    })
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        create()
      }}
    >
      <label class="field">
        <span class="field-label">{t.keys.name}</span>
        <input
          required
          autoFocus
          maxLength={200}
          value={name}
          aria-describedby="key-name-hint"
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <span id="key-name-hint" class="field-hint">
          {t.keys.nameHint}
        </span>
      </label>
      <fieldset class="field">
        <legend class="field-label">{t.keys.columns.scopes}</legend>
        {SCOPES.map((scope) => (
          <label key={scope} class="check">
            <input
              type="checkbox"
              checked={scopes.includes(scope)}
              onChange={(event) => {
                const isChosen = event.currentTarget.checked
                setScopes(SCOPES.filter((one) => (one === scope ? isChosen : scopes.includes(one))))
              }}
            />
            {t.keys.scopes[scope]}
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span class="field-label">{t.keys.limit}</span>
        <input
          type="number"
          min={1}
          max={1_000_000}
          value={limit}
          aria-describedby="key-limit-hint"
          onInput={(event) => setLimit(event.currentTarget.value)}
        />
        <span id="key-limit-hint" class="field-hint">
          {t.keys.limitHint}
        </span>
      </label>
      {error && <Failed error={error} />}
      <button type="submit" class="button" data-look="main" disabled={isSending || scopes.length === 0}>
        {isSending ? common.loading : t.keys.submit}
      </button>
    </form>
  )
}

/** The only place that shows a key: closing it forgets the text. */
export function NewKeyDialog({ made, onClose }: { made: NewKey | undefined; onClose: () => void }) {
  const t = useOperationsTexts()
  return (
    <Dialog
      isOpen={made !== undefined}
      onClose={onClose}
      title={t.keys.onceTitle(made?.name ?? '')}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            {t.keys.stored}
          </button>
          <button type="button" class="button" data-look="main" onClick={() => void copyText(made?.text ?? '')}>
            {t.keys.copy}
          </button>
        </>
      }
    >
      <p>{t.keys.once}</p>
      <p>
        <code class="secret">{made?.text}</code>
      </p>
    </Dialog>
  )
}
