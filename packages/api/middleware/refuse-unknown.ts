import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from '#api/http/context'
import type { Route } from '#api/http/route'

/**
 * Refuses parameters and a body that the route does not take: a caller who sends them expects something of them. An
 * empty JSON object is as good as no body.
 */
export function refuseUnknown({ takes = [] }: Route) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const isQueried = !takes.includes('query') && new URL(c.req.url).search.length > 1
    const isWrite = c.req.method !== 'GET' && c.req.method !== 'HEAD'
    if (isQueried || (isWrite && !takes.includes('body'))) {
      // loaded on first use, because a cold start needs none of it
      const { refuseBody, refuseQuery } = await import('#api/http/nothing')
      if (isQueried) refuseQuery(c)
      if (!takes.includes('body')) await refuseBody(c)
    }
    await next()
  })
}
