/** Joins the routes to stored records and to health: everything that works without the scan engine. */
import type { Hono } from 'hono'
import { createAlertRoutes } from '#api/alerts/routes'
import { createAuditRoutes } from '#api/audit/routes'
import { type ChannelRouteDeps, createChannelRoutes } from '#api/channels/routes'
import { createDashboardRoutes, type DashboardRouteDeps } from '#api/dashboard/routes'
import { type HealthRouteDeps, createHealthRoutes } from '#api/health/routes'
import type { ApiEnv } from '#api/http/context'
import { createKeyRoutes } from '#api/keys/routes'
import { createLeadRoutes } from '#api/leads/routes'
import { joinRoutes } from '#api/middleware/mount-routes'
import { createRetiredRoutes } from '#api/retired/routes'
import { createMoveRoutes } from '#api/moves/routes'
import type { RecordResource } from '#api/route-table'
import { createUnsubscribeRoutes } from '#api/unsubscribe/routes'
import { createSessionRoutes } from '#api/session/routes'
import { createUploadRoutes, type UploadRouteDeps } from '#api/uploads/routes'
import { createWebhookRoutes } from '#api/webhooks/routes'
import type { Database } from '#db/client'

export interface RecordDeps extends HealthRouteDeps, ChannelRouteDeps, DashboardRouteDeps, UploadRouteDeps {
  db: Database
}

export function joinRecordRoutes(deps: RecordDeps): Hono<ApiEnv> {
  return joinRoutes<RecordResource>({
    health: createHealthRoutes(deps),
    leads: createLeadRoutes(deps),
    dashboard: createDashboardRoutes(deps),
    alerts: createAlertRoutes(deps),
    channels: createChannelRoutes(deps),
    unsubscribe: createUnsubscribeRoutes(deps),
    moves: createMoveRoutes(deps),
    keys: createKeyRoutes(deps),
    session: createSessionRoutes(deps),
    retired: createRetiredRoutes(),
    audit: createAuditRoutes(deps),
    uploads: createUploadRoutes(deps),
    webhooks: createWebhookRoutes(deps),
  })
}
