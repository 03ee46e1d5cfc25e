import { Choices } from '#web/frame/choices.tsx'
import { useTexts } from '#web/frame/language'
import { Mark } from '#web/frame/mark.tsx'
import { KeyForm } from '#web/sign-in/key-form.tsx'
import { texts } from '#web/texts/texts'

export default function SignIn() {
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
