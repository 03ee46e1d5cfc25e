import { useState } from 'preact/hooks'
import { type Failure, toFailure } from '#web/frame/api'
import { Failed } from '#web/frame/blocks.tsx'
import { Dialog } from '#web/frame/dialog.tsx'
import { useTexts } from '#web/frame/language'
import { Mark } from '#web/frame/mark.tsx'
import { Choices } from '#web/frame/navigation.tsx'
import { signIn, signOut } from '#web/frame/session'
import { texts } from '#web/texts/texts'

export function SignIn() {
  const t = useTexts(texts)
  return (
    <main class="sign-in" id="main">
      <div class="sign-in-page">
        <Mark size={40} />
        <h1>Hunter</h1>
        <p class="sign-in-promise">{t.promise}</p>
        <KeyForm lead={t.session.lead} />
        <p class="muted">
          {t.session.noKey} {t.session.noKeyText}
        </p>
        <Choices />
      </div>
    </main>
  )
}

/** Lies over the view, which keeps what was typed. */
export function ExpiredSession() {
  const t = useTexts(texts)
  return (
    <Dialog isOpen onClose={() => void signOut()} title={t.session.title}>
      <KeyForm lead={t.session.expired} />
    </Dialog>
  )
}

/** The field has no name and the form no action: the key goes nowhere but into the request. */
function KeyForm({ lead }: { lead: string }) {
  const t = useTexts(texts)
  const [key, setKey] = useState('')
  const [isSending, setSending] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [error, setError] = useState<Failure>()

  async function submit(): Promise<void> {
    setProblem(undefined)
    setError(undefined)
    if (!/^hk_\w+$/.test(key.trim())) return setProblem(t.session.wrong)
    setSending(true)
    try {
      await signIn(key.trim())
    } catch (thrown) {
      setSending(false)
      const failure = toFailure(thrown)
      if (failure.status === 401) setProblem(t.session.refused)
      else setError(failure)
    }
  }

  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <p>{lead}</p>
      <label class="field">
        <span class="field-label">{t.session.key}</span>
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          autoFocus
          value={key}
          aria-invalid={problem !== undefined}
          aria-describedby="key-hint"
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <span id="key-hint" class="field-hint" data-kind={problem && 'bad'} role={problem ? 'alert' : undefined}>
          {problem ?? t.session.hint}
        </span>
      </label>
      {error && <Failed error={error} />}
      <button type="submit" class="button" data-look="main" disabled={isSending}>
        {isSending ? t.session.submitting : t.session.submit}
      </button>
    </form>
  )
}
