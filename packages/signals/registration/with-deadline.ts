import { RegistryProblem } from '#signals/registration/problem'

interface Deadline {
  timeoutMs: number
  until: AbortSignal
}

/**
 * Gives `work` a signal that aborts at its own time-out or with the scan's budget, and rejects at that moment whether
 * or not `work` reacts.
 *
 * @throws RegistryProblem TIMEOUT
 */
export async function withDeadline<T>(
  { timeoutMs, until }: Deadline,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new RegistryProblem('TIMEOUT', 'no answer in time')
  if (until.aborted) throw timeout
  const { promise: expired, reject } = Promise.withResolvers<never>()
  const own = new AbortController()
  const expire = () => {
    own.abort()
    reject(timeout)
  }
  const timer = setTimeout(expire, timeoutMs)
  until.addEventListener('abort', expire)
  try {
    return await Promise.race([work(own.signal), expired])
  } finally {
    clearTimeout(timer)
    until.removeEventListener('abort', expire)
  }
}
