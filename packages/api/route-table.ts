/** Lists every route. A cold start reads these tables alone; the first request for a route loads its code. */
import { alertTable } from '#api/alerts/table'
import { channelTable } from '#api/channels/table'
import { moveTable } from '#api/moves/table'
import { auditTable } from '#api/audit/table'
import { emailToolTable } from '#api/email-tools/table'
import { backupTable } from '#api/backups/table'
import { dashboardTable } from '#api/dashboard/table'
import { erasureTable } from '#api/erasures/table'
import { chooseHealthTable, healthTable, liveTable, type MetricsAccess } from '#api/health/table'
import { type Route, type RouteName, type RouteTable, splitRoute } from '#api/http/route'
import { ingestTable } from '#api/ingest/table'
import { keyTable } from '#api/keys/table'
import { leadTable } from '#api/leads/table'
import { createLazyRoutes, type LoadRoutes } from '#api/middleware/lazy-routes'
import { overrideTable } from '#api/provider-overrides/table'
import { referralTable } from '#api/referrals/table'
import { rescanTable } from '#api/rescans/table'
import { retiredTable } from '#api/retired/table'
import { rootTable } from '#api/root/table'
import { sessionTable } from '#api/session/table'
import { scanTable } from '#api/scans/table'
import { unsubscribeTable } from '#api/unsubscribe/table'
import { uploadTable } from '#api/uploads/table'
import { webhookTable } from '#api/webhooks/table'

/** Routes that need no lazily loaded code. */
const START_TABLES = { root: rootTable, live: liveTable }

/** Routes to stored records, keys and health: everything that works without the scan engine. */
const RECORD_TABLES = {
  health: healthTable,
  leads: leadTable,
  dashboard: dashboardTable,
  alerts: alertTable,
  channels: channelTable,
  unsubscribe: unsubscribeTable,
  moves: moveTable,
  keys: keyTable,
  session: sessionTable,
  retired: retiredTable,
  audit: auditTable,
  uploads: uploadTable,
  webhooks: webhookTable,
}

/** Routes that need the scan engine. */
const ENGINE_TABLES = {
  ingest: ingestTable,
  scans: scanTable,
  rescans: rescanTable,
  referrals: referralTable,
  erasures: erasureTable,
  overrides: overrideTable,
  emailTools: emailToolTable,
}

/** Routes that read the bucket of the backups. */
const BACKUP_TABLES = { backups: backupTable }

/**
 * A new resource also needs its routes in `record-routes.ts` or `engine-routes.ts`, and its contract in
 * `contract/operations.ts`.
 */
export const TABLES = { ...START_TABLES, ...RECORD_TABLES, ...ENGINE_TABLES, ...BACKUP_TABLES }

export type Resource = keyof typeof TABLES
export type RecordResource = keyof typeof RECORD_TABLES
export type EngineResource = keyof typeof ENGINE_TABLES

export const createLazyRecordRoutes = (load: LoadRoutes) => createLazyRoutes(load, listRouteNames(RECORD_TABLES))
export const createLazyEngineRoutes = (load: LoadRoutes) => createLazyRoutes(load, listRouteNames(ENGINE_TABLES))
export const createLazyBackupRoutes = (load: LoadRoutes) => createLazyRoutes(load, listRouteNames(BACKUP_TABLES))

function listRouteNames(tables: Record<string, RouteTable>): RouteName[] {
  return listRoutes(tables).map(({ route }) => route)
}

function listRoutes(tables: Record<string, RouteTable>): Route[] {
  return Object.values(tables).flatMap((table) => Object.values(table))
}

/** Paths for monitors, which need no key. */
export const HEALTH_PATHS = listRoutes({ liveTable, healthTable })
  .filter(({ scopes }) => scopes === undefined)
  .map(({ route }) => splitRoute(route).path)

/** Returns a function that tells whether a route (`GET`, `/api/v1/leads/:domain`) needs a key. */
export function createKeyCheck(access: MetricsAccess): (method: string, path: string) => boolean {
  const routes = listRoutes({ ...TABLES, health: chooseHealthTable(access) })
  const keyed = new Set<string>(routes.filter(({ scopes }) => scopes !== undefined).map(({ route }) => route))
  return (method, path) => keyed.has(`${method.toLowerCase()} ${path}`)
}
