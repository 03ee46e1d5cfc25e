/** Joins the routes that need the scan engine. */
import type { Hono } from 'hono'
import { createEmailToolRoutes } from '#api/email-tools/routes'
import { createErasureRoutes, type ErasureRouteDeps } from '#api/erasures/routes'
import type { ApiEnv } from '#api/http/context'
import { createIngestRoutes, type IngestRouteDeps } from '#api/ingest/routes'
import { joinRoutes } from '#api/middleware/mount-routes'
import { createOverrideRoutes } from '#api/provider-overrides/routes'
import { createReferralRoutes, type ReferralRouteDeps } from '#api/referrals/routes'
import { createRescanRoutes } from '#api/rescans/routes'
import type { EngineResource } from '#api/route-table'
import { type ScanRouteDeps, createScanRoutes } from '#api/scans/routes'

export function joinEngineRoutes(
  deps: ScanRouteDeps & ErasureRouteDeps & IngestRouteDeps & ReferralRouteDeps,
): Hono<ApiEnv> {
  return joinRoutes<EngineResource>({
    ingest: createIngestRoutes(deps),
    scans: createScanRoutes(deps),
    rescans: createRescanRoutes(deps),
    referrals: createReferralRoutes(deps),
    erasures: createErasureRoutes(deps),
    overrides: createOverrideRoutes(deps),
    emailTools: createEmailToolRoutes(deps),
  })
}
