/** Light or dark: the system's choice, unless the reader made another one. */
import { readSetting, writeSetting } from '#web/frame/language'
import { createStore } from '#web/frame/store'

export const SCHEMES = ['system', 'light', 'dark'] as const
type Scheme = (typeof SCHEMES)[number]

const STORED = 'hunter-scheme'

export const scheme = createStore<Scheme>(SCHEMES.find((one) => one === readSetting(STORED)) ?? 'system')

export function setScheme(next: Scheme): void {
  writeSetting(STORED, next)
  scheme.set(next)
  applyScheme()
}

export function applyScheme(): void {
  document.documentElement.dataset['scheme'] = scheme.get()
}
