/** Starts the page: settings, history, session, and the shell with its view. */
import '#web/frame/start'
import { render } from 'preact'
import { followHistory } from '#web/frame/address'
import { language } from '#web/frame/language'
import { applyScheme } from '#web/frame/scheme'
import { openSession } from '#web/frame/session'
import { Shell } from '#web/frame/shell.tsx'

document.documentElement.lang = language.get()
applyScheme()
followHistory()
void openSession()
render(<Shell />, document.querySelector('#page') as Element)
