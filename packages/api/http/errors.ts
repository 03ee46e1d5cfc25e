/** Maps errors to HTTP answers: the only place where a code becomes a status. */
import type { Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ApiEnv } from '#api/http/context'
import { CLEARED_COOKIE } from '#api/http/session-cookie'
import { toDatabaseError } from '#db/failure'
import { AppError, type ErrorCode, type ErrorKind } from '#platform/errors'

const STATUS_OF_KIND: Record<ErrorKind, ContentfulStatusCode> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  limited: 429,
  unavailable: 503,
  damaged: 500,
  internal: 500,
}

const STATUS_OF_CODE: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  BODY_NOT_JSON: 400,
  REQUEST_UNREADABLE: 400,
  KEYS_SEVERAL: 400,
  PRECONDITION_UNSUPPORTED: 412,
  BODY_TYPE_UNSUPPORTED: 415,
  METHOD_NOT_ALLOWED: 405,
  GONE: 410,
}

/** Reports an error that a developer should look at. */
export type ReportError = (error: unknown, tags: Record<string, string>) => void

export function toHttpStatus(error: AppError): ContentfulStatusCode {
  return STATUS_OF_CODE[error.code] ?? STATUS_OF_KIND[error.kind]
}

/** Answers whatever was thrown. An unexpected error shows its request id and nothing else. */
export function answerError(report: ReportError) {
  return (thrown: unknown, c: Context<ApiEnv>): Promise<Response> => {
    const error = addRetryTime(toAppError(thrown))
    const status = toHttpStatus(error)
    c.set('errorCode', error.code)
    if (status >= 500) logFailure(c, error, report)
    for (const [name, value] of listErrorHeaders(error)) c.header(name, value)
    return sendFailure(c, error, status)
  }
}

/** Loads the texts on the first failure, so that a cold start does not read them. */
async function sendFailure(c: Context<ApiEnv>, error: AppError, status: ContentfulStatusCode): Promise<Response> {
  const problem = await import('#api/http/problem')
  return problem.sendFailure(c, error, status)
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * Answers 405 with the allowed methods when the path exists, and 404 otherwise (RFC 9110 sections 9.3.7 and 15.5.6).
 */
export function answerNotFound(app: Hono<ApiEnv>) {
  return async (c: Context<ApiEnv>): Promise<Response> => {
    const allowed = listMethods(app, c.req.path)
    if (allowed.length > 0) c.header('Allow', allowed.join(', '))
    if (allowed.length > 0 && c.req.method === 'OPTIONS') return c.body(null, 204)
    const [method, path] = [c.req.method.slice(0, 20), c.req.path.slice(0, 200)]
    const error =
      allowed.length > 0
        ? new AppError('METHOD_NOT_ALLOWED', `the path ${path} does not accept ${method}`, { details: { allowed } })
        : new AppError('ROUTE_NOT_FOUND', `no route for ${method} ${path}`)
    c.set('errorCode', error.code)
    return sendFailure(c, error, toHttpStatus(error))
  }
}

function listMethods({ router }: Hono<ApiEnv>, path: string): string[] {
  const there = METHODS.filter((method) => {
    const [handlers] = router.match(method, path)
    return handlers.some(([[, route]]) => route.method === method)
  })
  if (there.length === 0) return []
  return [...there.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS']
}

function toAppError(thrown: unknown): AppError {
  const known = toDatabaseError(thrown)
  if (known) return known
  if (thrown instanceof HTTPException && thrown.status < 500) {
    return new AppError('VALIDATION_FAILED', 'the request cannot be read', { cause: thrown })
  }
  return new AppError('INTERNAL', 'something went wrong on our side', { cause: thrown })
}

/** Typical time of a failover or a restart of a dependency. */
const RETRY_SECONDS = 10

/** Every `unavailable` error gets a Retry-After. */
function addRetryTime(error: AppError): AppError {
  const { code, message, kind, details, cause } = error
  if (kind !== 'unavailable' || details?.['retry_after_seconds'] !== undefined) return error
  return new AppError(code, message, { details: { ...details, retry_after_seconds: RETRY_SECONDS }, cause })
}

function listErrorHeaders({ code, kind, details }: AppError): [string, string][] {
  if (kind === 'unauthenticated') {
    const cleared: [string, string][] = code === 'SESSION_EXPIRED' ? [['Set-Cookie', CLEARED_COOKIE]] : []
    return [['WWW-Authenticate', 'Bearer'], ...cleared]
  }
  if (Array.isArray(details?.['allowed'])) return [['Allow', details['allowed'].join(', ')]]
  const seconds = details?.['retry_after_seconds']
  return typeof seconds === 'number' ? [['Retry-After', String(seconds)]] : []
}

function logFailure(c: Context<ApiEnv>, error: AppError, report: ReportError): void {
  const cause = findRootCause(error)
  c.get('log').error('request_failed', { code: error.code, error: cause })
  // an unavailable dependency has its own alarm, and would send one report per request
  if (error.kind !== 'unavailable') report(cause, { code: error.code, request_id: c.get('requestId') })
}

/** Returns the innermost cause: the error around a failed query repeats its parameters, which are data. */
function findRootCause(thrown: unknown): unknown {
  let error = thrown
  while (error instanceof Error && error.cause instanceof Error) error = error.cause
  return error
}
