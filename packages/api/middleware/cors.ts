import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from '#api/http/context'

/** Allows pages of these origins to call the API with a key in a header, never with the cookie of a session. */
export function allowOrigins(origins: readonly string[]) {
  const answer = cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-None-Match', 'X-API-Key', 'X-Request-Id'],
    exposeHeaders: [
      'Allow',
      'Content-Disposition',
      'Deprecation',
      'ETag',
      'Idempotency-Replayed',
      'Link',
      'Location',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'Sunset',
      'WWW-Authenticate',
      'X-Request-Id',
    ],
    maxAge: 600,
  })
  return createMiddleware<ApiEnv>(async (c, next) => {
    const isPreflight = c.req.header('Access-Control-Request-Method') !== undefined
    if (c.req.method === 'OPTIONS' && !isPreflight) return next()
    return answer(c, next)
  })
}
