import { useDialog, usePath } from '#web/frame/address'
import { Choices } from '#web/frame/choices.tsx'
import { useTexts } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { Mark } from '#web/frame/mark.tsx'
import { session, signOut } from '#web/frame/session'
import { useStore } from '#web/frame/store'
import { LINKS } from '#web/frame/views'
import { texts } from '#web/texts/texts'

export function Navigation() {
  const t = useTexts(texts)
  const path = usePath()
  return (
    <header class="rail">
      <Link to="/leads" class="rail-home">
        <Mark /> <span>Hunter</span>
      </Link>
      <nav aria-label={t.navigation}>
        {LINKS.map(({ name, to }) => (
          <Link
            key={name}
            to={to}
            class="rail-link"
            aria-current={path.split('/')[1] === to.slice(1) ? 'page' : undefined}
          >
            {t.views[name]}
          </Link>
        ))}
        <a class="rail-link" href="/docs">
          {t.views.reference}
        </a>
      </nav>
      <Settings />
    </header>
  )
}

function Settings() {
  const t = useTexts(texts)
  const { key } = useStore(session)
  const help = useDialog('help')
  return (
    <div class="rail-foot">
      <Choices />
      <button type="button" class="rail-button" onClick={help.open}>
        {t.help.open} <kbd>?</kbd>
      </button>
      {key && (
        <p class="rail-key" title={key.name}>
          <span class="visually-hidden">{t.session.signedInAs} </span>
          {key.name}
        </p>
      )}
      <button type="button" class="rail-button" onClick={() => void signOut()}>
        {t.session.signOut}
      </button>
    </div>
  )
}
