/**
 * Answers failures: by RFC 9457 to clients that ask for `application/problem+json`, and in the envelope to all others.
 * The first failure loads this file.
 */
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ApiEnv } from '#api/http/context'
import { sendEnvelope, sendText } from '#api/http/envelope'
import { getRemedy } from '#platform/error-texts'
import type { AppError } from '#platform/errors'

const PROBLEM = 'application/problem+json'

/** Sends only the public fields of `AppError`, never the cause. */
export function sendFailure(c: Context<ApiEnv>, error: AppError, status: ContentfulStatusCode): Response {
  const { code, message } = error
  c.header('Cache-Control', 'no-store')
  c.header('Vary', 'Accept', { append: true })
  if (prefersProblem(c)) {
    const problem = toProblem(error, status, c.get('requestId'))
    return sendText(c, JSON.stringify(problem), PROBLEM, status)
  }
  const details = { ...error.details, remedy: getRemedy(code, 'api'), request_id: c.get('requestId') }
  return sendEnvelope(c, { success: false, error: { code, message, details } }, status)
}

/** True when `application/problem+json` is listed explicitly with a q of at least that of `application/json`. */
function prefersProblem(c: Context<ApiEnv>): boolean {
  const chosen = accepts(c, {
    header: 'Accept',
    supports: [PROBLEM, 'application/json'],
    default: 'application/json',
    match: (wishes) => {
      const wishFor = (...types: string[]) =>
        types.map((wanted) => wishes.find(({ type }) => type.toLowerCase() === wanted)?.q).find((q) => q !== undefined)
      const problem = wishFor(PROBLEM) ?? 0
      const json = wishFor('application/json') ?? 0
      return problem > 0 && problem >= json ? PROBLEM : 'application/json'
    },
  })
  return chosen === PROBLEM
}

function toProblem(error: AppError, status: number, requestId: string) {
  const { code, message, details } = error
  return {
    ...details,
    type: `/docs#${code}`,
    title: formatTitle(code),
    status,
    detail: message,
    instance: `urn:hunter:request:${requestId}`,
    request_id: requestId,
    code,
    remedy: getRemedy(code, 'api'),
  }
}

/** `DOMAIN_INVALID` → `Domain invalid`. RFC 9457 wants the same title for every occurrence. */
function formatTitle(code: string): string {
  return `${code.charAt(0)}${code.slice(1).toLowerCase().replaceAll('_', ' ')}`
}
