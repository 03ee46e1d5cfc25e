/** The envelope of every JSON answer. `problem.ts` answers failures. */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ApiEnv } from '#api/http/context'
import { computeEtag, matchesEtag } from '#api/http/etag'
import { setPageLinks } from '#api/http/page-links'
import { toSnakeCaseKeys } from '#api/http/snake-case'

interface Success {
  message: string
  status?: ContentfulStatusCode
}

export function sendData(c: Context<ApiEnv>, data: unknown, { message, status = 200 }: Success): Response {
  const wire = toSnakeCaseKeys(data)
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  if (isRead) setPageLinks(c, data)
  // ETags only for authenticated reads: health answers change each time
  if (isRead && c.get('key')) {
    const etag = computeEtag(JSON.stringify([wire, message]))
    c.header('ETag', etag)
    c.header('Cache-Control', 'private, no-cache')
    // a 304 must carry the Vary header that the 200 would have (RFC 9110 section 15.4.5)
    c.header('Vary', 'Accept-Encoding', { append: true })
    if (matchesEtag(c.req.header('If-None-Match'), etag)) return c.body(null, 304)
  } else {
    c.header('Cache-Control', 'no-store')
  }
  return sendEnvelope(c, { success: true, data: wire, message }, status)
}

export function sendEnvelope(
  c: Context<ApiEnv>,
  body: Record<string, unknown>,
  status: ContentfulStatusCode,
): Response {
  const text = JSON.stringify({ ...body, timestamp: c.get('clock').now().toISOString() })
  return sendJson(c, text, status)
}

export function sendJson(c: Context<ApiEnv>, text: string, status: ContentfulStatusCode): Response {
  return sendText(c, text, 'application/json', status)
}

/** Sets Content-Length, so that the compression middleware can skip short answers. */
export function sendText(c: Context<ApiEnv>, text: string, type: string, status: ContentfulStatusCode): Response {
  return c.body(text, status, { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(text)) })
}
