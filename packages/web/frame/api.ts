/** The page's way to the API: the typed client, by the cookie of the session. */
import { ApiError, type HunterClient } from '#client/client'
import { askForKey, client } from '#web/frame/session'

/** A call that finds the session expired waits until the reader has signed in, and goes out once more. */
function repeatSignedIn<Input extends unknown[], Answer>(call: (...input: Input) => Promise<Answer>) {
  return async (...input: Input): Promise<Answer> => {
    try {
      return await call(...input)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      await askForKey()
      return call(...input)
    }
  }
}

export const api = {
  get: repeatSignedIn(client.get as never),
  post: repeatSignedIn(client.post as never),
  put: repeatSignedIn(client.put as never),
  patch: repeatSignedIn(client.patch as never),
  delete: repeatSignedIn(client.delete as never),
  importList: repeatSignedIn(client.importList as never),
} as unknown as Omit<HunterClient, 'pages'>

/** What a view shows of a call that failed. */
export interface Failure {
  code: string
  message: string
  remedy: string | undefined
  requestId: string | undefined
  /** 0: no answer came. */
  status: number
  retryAfterS: number | undefined
}

export function toFailure(error: unknown): Failure {
  if (!(error instanceof ApiError))
    return {
      code: 'PAGE',
      message: String(error),
      remedy: undefined,
      requestId: undefined,
      status: 0,
      retryAfterS: undefined,
    }
  const { code, message, status, retryAfterS, details } = error
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return { code, message, remedy: text(details['remedy']), requestId: text(details['request_id']), status, retryAfterS }
}
