import { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'

/** Whether the process answers, whatever it can reach. */
export function liveRoutes(): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get('/healthz/live', (c) => ok(c, { status: 'alive' }, { message: 'alive' }))
}
