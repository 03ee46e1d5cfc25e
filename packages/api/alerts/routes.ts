import type { Hono } from 'hono'
import { alertQuery } from '#api/alerts/inputs'
import { alertTable } from '#api/alerts/table'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'
import { readQuery } from '#api/http/validate'
import { mountRoutes } from '#api/middleware/mount-routes'
import type { Database } from '#db/client'
import { listAlerts } from '#leads/changes/history'

export function alertRoutes({ db }: { db: Database }): Hono<ApiEnv> {
  return mountRoutes(alertTable, {
    listAlerts: async (c) => {
      const { items, nextCursor } = await listAlerts(db, readQuery(c, alertQuery))
      return ok(c, { alerts: items, nextCursor }, { message: `${items.length} alerts` })
    },
  })
}
