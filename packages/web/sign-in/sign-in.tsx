import { Choices } from '#web/frame/choices.tsx'
import { useTexts } from '#web/frame/language'
import { Mark } from '#web/frame/mark.tsx'
import '#web/sign-in/sign-in.css'
import { KeyForm } from '#web/sign-in/key-form.tsx'
import { signInTexts } from '#web/sign-in/texts'

export default function SignIn() {
  const t = useTexts(signInTexts)
  return (
    <main class="sign-in" id="main">
      <div class="sign-in-page">
        <Mark size={40} />
        <h1>Hunter</h1>
        <p class="sign-in-promise">{t.promise}</p>
        <KeyForm lead={t.lead} />
        <p class="muted">
          {t.noKey} {t.noKeyText}
        </p>
        <Choices />
      </div>
    </main>
  )
}
