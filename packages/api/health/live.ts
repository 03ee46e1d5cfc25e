import type { Hono } from 'hono'
import { liveTable } from '#api/health/table'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { mountRoutes } from '#api/middleware/mount-routes'

/** Answers while the process runs, whether or not it can reach its dependencies. */
export function createLiveRoutes(): Hono<ApiEnv> {
  return mountRoutes(liveTable, {
    checkLive: (c) => sendData(c, { status: 'alive' }, { message: 'alive' }),
  })
}
