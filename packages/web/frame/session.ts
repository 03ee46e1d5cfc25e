/** Owns the session of the reader. The browser holds the cookie; no script reads it, and no storage has the key. */
import { ApiError } from '#client/client'
import { forgetAnswers } from '#web/frame/answers'
import { createStore } from '#web/frame/store'

interface Key {
  keyid: string
  name: string
  scopes: string[]
}

interface Session {
  /** `expired`: the reader was signed in, so that the view stays and a dialog asks for the key. */
  state: 'asking' | 'in' | 'out' | 'expired'
  key?: Key
}

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
export async function signIn(key: string): Promise<void> {
  const mine = await send('POST', key)
  if (session.get().key?.keyid !== mine?.keyid) forgetAnswers()
  session.set({ state: 'in', ...(mine && { key: mine }) })
}

export async function signOut(): Promise<void> {
  await send('DELETE')
  forgetAnswers()
  session.set({ state: 'out' })
}

/** `npm start` prints an address with the key in its fragment: it leaves the address before anything else happens. */
export async function openSession(): Promise<void> {
  const key = /^#key=(hk_\w+)$/.exec(window.location.hash)?.[1]
  if (window.location.hash.startsWith('#key='))
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search)
  try {
    if (key !== undefined) return await signIn(key)
    const mine = await send('GET')
    session.set({ state: 'in', ...(mine && { key: mine }) })
  } catch (error) {
    // without an answer the view says what is wrong, with a way to try again
    session.set({ state: error instanceof ApiError && error.status === 401 ? 'out' : 'in' })
  }
}

async function send(method: string, key?: string): Promise<Key | undefined> {
  const answer = await fetch('/api/v1/session', {
    method,
    ...(key !== undefined && { headers: { Authorization: `Bearer ${key}` } }),
  }).catch((cause: unknown) => {
    throw new ApiError('UNREACHABLE', 'no answer', { cause })
  })
  const { status } = answer
  const { data, error } = (await answer.json().catch(() => ({}))) as {
    data?: { key: Key }
    error?: { code: never; message: string; details: Record<string, unknown> }
  }
  if (answer.ok) return data?.key
  throw new ApiError(error?.code ?? 'ANSWER_UNREADABLE', error?.message ?? `status ${status}`, { status, ...error })
}
