/** Owns the session of the reader. The browser holds the cookie; no script reads it, and no storage has the key. */
import { ApiError, createClient } from '#client/client'
import type { ClientOperations, DataOf } from '#client/operations'
import { forgetAnswers } from '#web/frame/answers'
import { createStore } from '#web/frame/store'

interface Session {
  /** `expired`: the reader was signed in, so that the view stays and a dialog asks for the key. */
  state: 'asking' | 'in' | 'out' | 'expired'
  key?: DataOf<ClientOperations['get /session']>['key']
}

const url = window.location.origin
/** Knows no key: the cookie signs its calls. */
export const client = createClient({ url, retries: 1 })

export const session = createStore<Session>({ state: 'asking' })

/** Waits until the reader has signed in. */
export function askForKey(): Promise<void> {
  const { state, ...rest } = session.get()
  if (state !== 'out') session.set({ ...rest, state: state === 'asking' ? 'out' : 'expired' })
  return new Promise((resolve) => {
    const end = session.subscribe(() => {
      if (session.get().state !== 'in') return
      end()
      resolve()
    })
  })
}

/** Throws an `ApiError`, such as for a key that is wrong. */
export async function signIn(secret: string): Promise<void> {
  const { key } = (await createClient({ url, key: secret }).post('/session')).data
  if (session.get().key?.keyid !== key.keyid) forgetAnswers()
  session.set({ state: 'in', key })
}

/** Throws an `ApiError` where the service does not answer: then the session goes on. */
export async function signOut(): Promise<void> {
  await client.delete('/session').catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
  })
  leaveSession()
}

/** Shows the sign-in page, after a session that has ended already. */
export function leaveSession(): void {
  forgetAnswers()
  session.set({ state: 'out' })
}

/** `npm start` prints an address with the key in its fragment: it leaves the address before anything else happens. */
export async function openSession(): Promise<void> {
  const { hash, pathname, search } = window.location
  const secret = /^#key=(.+)$/.exec(hash)?.[1]
  if (secret !== undefined) window.history.replaceState(window.history.state, '', pathname + search)
  try {
    if (secret !== undefined) return await signIn(secret)
    session.set({ state: 'in', key: (await client.get('/session')).data.key })
  } catch (error) {
    // without an answer the view says what is wrong, with a way to try again
    session.set({ state: error instanceof ApiError && error.status === 401 ? 'out' : 'in' })
  }
}
