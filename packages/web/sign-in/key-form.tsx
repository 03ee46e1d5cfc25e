import { useState } from 'preact/hooks'
import { type Failure, toFailure } from '#web/frame/api'
import { Failed } from '#web/frame/blocks.tsx'
import '#web/frame/form.css'
import { useTexts } from '#web/frame/language'
import { signIn } from '#web/frame/session'
import { signInTexts } from '#web/sign-in/texts'

/** The field has no name and the form no action: the key goes nowhere but into the request. */
export function KeyForm({ lead }: { lead: string }) {
  const t = useTexts(signInTexts)
  const [key, setKey] = useState('')
  const [isSending, setSending] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [error, setError] = useState<Failure>()

  async function submit(): Promise<void> {
    setProblem(undefined)
    setError(undefined)
    if (!/^hk_\w+$/.test(key.trim())) return setProblem(t.wrong)
    setSending(true)
    try {
      await signIn(key.trim())
    } catch (thrown) {
      setSending(false)
      const failure = toFailure(thrown)
      if (failure.status === 401) setProblem(t.refused)
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
        <span class="field-label">{t.key}</span>
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
          {problem ?? t.hint}
        </span>
      </label>
      {error && <Failed error={error} />}
      <button type="submit" class="button" data-look="main" disabled={isSending}>
        {isSending ? t.submitting : t.submit}
      </button>
    </form>
  )
}
