import type { Hono } from 'hono'
import { liveTable } from '#api/health/table'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'
import { mountRoutes } from '#api/middleware/mount-routes'

/** Whether the process answers, whatever it can reach. */
export function liveRoutes(): Hono<ApiEnv> {
  return mountRoutes(liveTable, {
    checkLive: (c) => ok(c, { status: 'alive' }, { message: 'alive' }),
  })
}
