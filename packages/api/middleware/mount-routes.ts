/** Mounts a resource's handlers on the routes of its table, each behind the scopes that the table names. */
import { type Context, type Handler, Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { type Route, type RouteTable, splitRoute } from '#api/http/route'
import { requireScope } from '#api/middleware/authorise'
import { refuseUnknown } from '#api/middleware/refuse-unknown'

/** One handler per route. A path parameter that the route does not name may be undefined. */
type Handlers<T extends RouteTable> = {
  [Name in keyof T]: (c: Context<ApiEnv, T[Name]['route']>) => Response | Promise<Response>
}

export function mountRoutes<T extends RouteTable>(table: T, handlers: Handlers<T>): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()
  for (const [name, route] of Object.entries<Route>(table)) {
    const { method, path } = splitRoute(route.route)
    const handler = handlers[name] as Handler<ApiEnv>
    routes.on(method, [path], ...listGuards(route), handler)
  }
  return routes
}

/** Routes without a key are for monitors, which may add a parameter of their own. */
function listGuards(route: Route) {
  if (route.scopes === undefined) return []
  return [requireScope(...route.scopes), ...(route.takes === 'anything' ? [] : [refuseUnknown(route)])]
}

/** Joins the routes of several resources. */
export function joinRoutes<Resource extends string>(resources: Record<Resource, Hono<ApiEnv>>): Hono<ApiEnv> {
  const all = new Hono<ApiEnv>()
  for (const routes of Object.values<Hono<ApiEnv>>(resources)) all.route('/', routes)
  return all
}
