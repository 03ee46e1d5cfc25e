import { useDialog } from '#web/frame/address'
import { Choices } from '#web/frame/choices.tsx'
import { useTexts } from '#web/frame/language'
import { signOut } from '#web/frame/session'
import { texts } from '#web/texts/texts'

export default function Settings() {
  const t = useTexts(texts)
  const help = useDialog('help')
  return (
    <div class="form">
      <Choices />
      <button type="button" class="button" onClick={help.open}>
        {t.help.open} <kbd>?</kbd>
      </button>
      <button type="button" class="button" onClick={() => void signOut()}>
        {t.signOut}
      </button>
    </div>
  )
}
