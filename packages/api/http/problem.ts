/** Formats failures by RFC 9457 for clients that ask for `application/problem+json`. */
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { ApiEnv } from '#api/http/context'
import type { AppError } from '#platform/errors'

const PROBLEM = 'application/problem+json'

/** Asked for by name, and at least as welcome as plain JSON. */
export function wantsProblem(c: Context<ApiEnv>): boolean {
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

export function problemOf(error: AppError, status: number, requestId: string) {
  const { code, message, details } = error
  return {
    ...details,
    type: `/docs#${code}`,
    title: titleOf(code),
    status,
    detail: message,
    instance: `urn:hunter:request:${requestId}`,
    request_id: requestId,
    code,
    remedy: error.getRemedy('api'),
  }
}

/** `DOMAIN_INVALID` → `Domain invalid`: the same for every occurrence. */
function titleOf(code: string): string {
  return `${code.charAt(0)}${code.slice(1).toLowerCase().replaceAll('_', ' ')}`
}
