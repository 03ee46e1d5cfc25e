/** Reads what HTTP receivers answer. Pure, but for the request that it is given. */
import type { Outcome } from '#alerts/message'
import { parseRetryAfter } from '#platform/retry-after'
import { type HttpAnswer, SendProblem } from '#alerts/send/http'

/** Judges an answer by its status alone: only 2xx is a success, and 410 ends the channel. */
export function readStatus({ status, retryAfter }: HttpAnswer, now: Date): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent', status }
  if (status === 410) return { kind: 'failed', status, reason: 'The receiver is gone for good (410).', next: 'disable' }
  const retryAfterMs = parseRetryAfter(retryAfter, now)
  return { kind: 'failed', status, reason: explainStatus(status), next: 'retry', ...(retryAfterMs && { retryAfterMs }) }
}

function explainStatus(status: number): string {
  if (status >= 300 && status < 400) return `The address redirects (${status}), which Hunter does not follow.`
  if (status === 429) return 'The receiver asks for fewer messages (429).'
  return `The receiver answered ${status}.`
}

/** Turns what prevents an answer into an outcome. */
export async function withoutProblems(send: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await send()
  } catch (error) {
    if (!(error instanceof SendProblem)) throw error
    return { kind: 'failed', status: null, reason: error.message, next: 'retry' }
  }
}
