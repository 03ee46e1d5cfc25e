import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { go, useDialog, usePath } from '#web/frame/address'
import { toFailure, type Failure } from '#web/frame/api'
import { Empty, Failed } from '#web/frame/blocks.tsx'
import { useKeys } from '#web/frame/keys'
import { useTexts } from '#web/frame/language'
import { lazy } from '#web/frame/lazy.tsx'
import { Link } from '#web/frame/link.tsx'
import { Navigation } from '#web/frame/navigation.tsx'
import { session } from '#web/frame/session'
import { useStore } from '#web/frame/store'
import { Toasts } from '#web/frame/toasts.tsx'
import { findView, LINKS } from '#web/frame/views'
import { texts } from '#web/texts/texts'

const Help = lazy(() => import('#web/frame/help.tsx'))
const SignIn = lazy(() => import('#web/sign-in/sign-in.tsx'))
const ExpiredSession = lazy(() => import('#web/sign-in/expired.tsx'))

export function Shell() {
  const t = useTexts(texts)
  const help = useDialog('help')
  const { state } = useStore(session)
  useKeys([
    { keys: '?', label: t.help.show, run: help.open },
    ...LINKS.map(({ name, to, key }) => ({ keys: `g ${key}`, label: t.help.goTo(t.views[name]), run: () => go(to) })),
  ])
  if (state === 'out') return <SignIn />
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {t.skip}
      </a>
      <Navigation />
      <main id="main" class="main" tabIndex={-1}>
        {state !== 'asking' && <CurrentView />}
      </main>
      {help.isOpen && <Help onClose={help.close} />}
      {state === 'expired' && <ExpiredSession />}
      <Toasts depth={0} />
    </div>
  )
}

interface Loaded {
  path: string
  View?: ComponentType
  error?: Failure
}

/** Loads the code of a view at its first visit. The view before it stays meanwhile. */
function CurrentView() {
  const path = usePath()
  const [loaded, setLoaded] = useState<Loaded>()
  const [tries, setTries] = useState(0)
  const view = findView(path)

  useEffect(() => {
    let isCurrent = true
    const show = (next: Omit<Loaded, 'path'>) => isCurrent && setLoaded({ path, ...next })
    view?.load().then(
      (module) => show({ View: module.default }),
      (error: unknown) => show({ error: toFailure(error) }),
    )
    return () => {
      isCurrent = false
    }
  }, [path, view, tries])

  if (!view) return <Lost />
  if (loaded?.error) return <Failed error={loaded.error} retry={() => setTries(tries + 1)} />
  return loaded?.View ? <loaded.View key={loaded.path} /> : null
}

function Lost() {
  const t = useTexts(texts)
  return (
    <Empty title={t.lost.title}>
      <p class="block-text">{t.lost.text}</p>
      <p>
        <Link to="/leads">{t.lost.next}</Link>
      </p>
    </Empty>
  )
}
