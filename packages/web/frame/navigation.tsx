import { usePath } from '#web/frame/address'
import { lazy } from '#web/frame/lazy.tsx'
import { Menu } from '#web/frame/menu.tsx'
import { useTexts } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { Mark } from '#web/frame/mark.tsx'
import { session } from '#web/frame/session'
import { useStore } from '#web/frame/store'
import { LINKS } from '#web/frame/views'
import { texts } from '#web/texts/texts'

const Settings = lazy(() => import('#web/frame/settings.tsx'))

export function Navigation() {
  const t = useTexts(texts)
  const path = usePath()
  const { key } = useStore(session)
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
      <div class="rail-foot">
        <Menu
          label={
            <span class="rail-key">
              <span class={key && 'visually-hidden'}>{t.settings}</span> {key?.name}
            </span>
          }
        >
          <Settings />
        </Menu>
      </div>
    </header>
  )
}
