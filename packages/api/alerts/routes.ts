import type { Hono } from 'hono'
import { alertQuery } from '#api/alerts/inputs'
import { alertTable } from '#api/alerts/table'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parsePageQuery } from '#api/http/legacy-pages'
import { mountRoutes } from '#api/middleware/mount-routes'
import type { Database } from '#db/client'
import { listAlerts } from '#leads/changes/change-log'
import { formatCount } from '#platform/count-text'

export function createAlertRoutes({ db }: { db: Database }): Hono<ApiEnv> {
  return mountRoutes(alertTable, {
    listAlerts: async (c) => {
      const { items, nextCursor } = await listAlerts(db, parsePageQuery(c, alertQuery))
      return sendData(c, { alerts: items, nextCursor }, { message: formatCount(items.length, 'alert') })
    },
  })
}
