import { useDialog } from '#web/frame/address'
import { Choices } from '#web/frame/choices.tsx'
import { useTexts } from '#web/frame/language'
import { signOut } from '#web/frame/session'
import { toFailure } from '#web/frame/api'
import { showToast } from '#web/frame/toasts.tsx'
import { texts } from '#web/texts/texts'

export default function Settings() {
  const t = useTexts(texts)
  const help = useDialog('help')
  const leave = () => {
    signOut().catch((error: unknown) => showToast(toFailure(error).message, { kind: 'failed' }))
  }
  return (
    <div class="form">
      <Choices />
      <button type="button" class="button" onClick={help.open}>
        {t.help.open} <kbd>?</kbd>
      </button>
      <button type="button" class="button" onClick={leave}>
        {t.signOut}
      </button>
    </div>
  )
}
