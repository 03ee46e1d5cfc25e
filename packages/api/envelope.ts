/** The shape of every answer. */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ApiEnv } from '#api/context'
import { problemOf, wantsProblem } from '#api/problem'
import { toWire } from '#api/wire'
import type { AppError } from '#platform/errors'

interface Success {
  message: string
  status?: ContentfulStatusCode
}

export function ok(c: Context<ApiEnv>, data: unknown, { message, status = 200 }: Success): Response {
  return answer(c, { success: true, data: toWire(data), message }, status)
}

/** Nothing of the cause: only what `AppError` calls public. */
export function failed(c: Context<ApiEnv>, error: AppError, status: ContentfulStatusCode): Response {
  const { code, message, remedy } = error
  c.header('Vary', 'Accept', { append: true })
  if (wantsProblem(c)) {
    const problem = JSON.stringify(problemOf(error, status, c.get('requestId')))
    return c.body(problem, status, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' })
  }
  const details = { ...error.details, remedy, request_id: c.get('requestId') }
  return answer(c, { success: false, error: { code, message, details } }, status)
}

function answer(c: Context<ApiEnv>, body: Record<string, unknown>, status: ContentfulStatusCode): Response {
  c.header('Cache-Control', 'no-store')
  return c.json({ ...body, timestamp: c.get('clock').now().toISOString() }, status)
}
