import { Dialog } from '#web/frame/dialog.tsx'
import { useTexts } from '#web/frame/language'
import { leaveSession } from '#web/frame/session'
import { KeyForm } from '#web/sign-in/key-form.tsx'
import { signInTexts } from '#web/sign-in/texts'

/** Lies over the view, which keeps what was typed. */
export default function ExpiredSession() {
  const t = useTexts(signInTexts)
  return (
    <Dialog isOpen onClose={leaveSession} title={t.title}>
      <KeyForm lead={t.expired} />
    </Dialog>
  )
}
