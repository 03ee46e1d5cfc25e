import type { Hono } from 'hono'
import { auditQuery } from '#api/audit/inputs'
import { auditTable } from '#api/audit/table'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parsePageQuery } from '#api/http/legacy-pages'
import { mountRoutes } from '#api/middleware/mount-routes'
import { listAudit } from '#db/audit-list'
import type { Database } from '#db/client'
import { formatCount } from '#platform/count-text'

export function createAuditRoutes({ db }: { db: Database }): Hono<ApiEnv> {
  return mountRoutes(auditTable, {
    listAudit: async (c) => {
      const { items, nextCursor } = await listAudit(db, parsePageQuery(c, auditQuery))
      return sendData(c, { entries: items, nextCursor }, { message: formatCount(items.length, 'entry', 'entries') })
    },
  })
}
