import type { Hono } from 'hono'
import * as z from 'zod/mini'
import type { dashboard } from '#api/dashboard/contract'
import { dashboardQuery } from '#api/dashboard/inputs'
import { dashboardTable } from '#api/dashboard/table'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { parseQuery } from '#api/http/validate'
import { mountRoutes } from '#api/middleware/mount-routes'
import type { Database } from '#db/client'
import { type DashboardQuery, readDashboard } from '#leads/dashboard/read-dashboard'
import { createFlights } from '#platform/async/single-flight'
import { listLocalDays } from '#platform/local-time'
import type { Cache, CacheKind } from '#redis/cache'
import { formatCount } from '#platform/count-text'

export interface DashboardRouteDeps {
  db: Database
  dashboardCache: Cache
}

const CACHED_MS = 60_000

type View = z.output<typeof dashboard>

export function createDashboardRoutes(deps: DashboardRouteDeps): Hono<ApiEnv> {
  const flights = createFlights<View>()
  return mountRoutes(dashboardTable, {
    getDashboard: async (c) => {
      const query = { ...parseQuery(c, dashboardQuery), now: c.get('clock').now() }
      const { days, timezone, now } = query
      // an entry of the last minute before midnight must not become the next day's
      const id = [days, timezone, listLocalDays(timezone, 1, now)[0]?.day].join(':')
      const view = await flights.join(id, now.getTime(), () => readThrough(deps, id, query))
      return sendData(c, view, { message: formatCount(view.leads, 'lead') })
    },
  })
}

/** Answers from Redis when it has an entry of the last minute. Without Redis, the database answers each time. */
async function readThrough({ db, dashboardCache: cache }: DashboardRouteDeps, id: string, query: DashboardQuery) {
  const { dashboard: schema } = await import('#api/dashboard/contract')
  const kind: CacheKind<View> = { name: 'dashboard', version: 1, ttlMs: CACHED_MS, schema }
  const cached = await cache.getJson(kind, id)
  if (cached) return cached
  const wire: unknown = JSON.parse(JSON.stringify(toSnakeCaseKeys(await readDashboard(db, query))))
  const view = z.parse(schema, wire) // gives the fields the order of the cached copy, so that both have one ETag
  await cache.setJson(kind, id, view)
  return view
}
