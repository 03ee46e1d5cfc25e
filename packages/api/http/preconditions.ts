/** Refuses preconditions on writes: the API cannot check them, and ignoring one could overwrite data. */
import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from '#api/http/context'
import { AppError } from '#platform/errors'

/** `sendData` answers `If-None-Match` on a GET with the ETag (RFC 9110 sections 13.1.1 and 13.1.2). */
export const refuseConditions = createMiddleware<ApiEnv>(async (c, next) => {
  const isRead = ['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)
  const unchecked = ['If-Match', ...(isRead ? [] : ['If-None-Match'])]
  const sent = unchecked.find((name) => c.req.header(name) !== undefined)
  if (sent) throw new AppError('PRECONDITION_UNSUPPORTED', `${sent} on ${c.req.method} cannot be checked`)
  await next()
})
