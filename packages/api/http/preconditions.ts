/** Conditions on what a request would change: none can be checked here, and one that is ignored would be worse than none. */
import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from '#api/http/context'
import { AppError } from '#platform/errors'

/** `If-None-Match` on a GET is answered by `ok`, with the ETag (RFC 9110 sections 13.1.1 and 13.1.2). */
export const refuseConditions = createMiddleware<ApiEnv>(async (c, next) => {
  const isRead = ['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)
  const unchecked = ['If-Match', ...(isRead ? [] : ['If-None-Match'])]
  const sent = unchecked.find((name) => c.req.header(name) !== undefined)
  if (sent) throw new AppError('PRECONDITION_UNSUPPORTED', `${sent} on ${c.req.method} cannot be checked`)
  await next()
})
