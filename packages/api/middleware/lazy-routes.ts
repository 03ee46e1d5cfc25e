/** Routes whose code the first request for one of them loads. */
import { type Context, type Handler, Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { type RouteName, splitRoute } from '#api/http/route'
import { createLazy } from '#platform/async/lazy'

export type LoadRoutes = () => Promise<Hono<ApiEnv>>

/** `routes` must list every route that `load` returns; a route that is missing here answers 404. */
export function createLazyRoutes(load: LoadRoutes, routes: readonly RouteName[]): Hono<ApiEnv> {
  const front = new Hono<ApiEnv>()
  const loaded = createLazy(load)
  for (const route of routes) {
    const { method, path } = splitRoute(route)
    front.on(method, path, async (c) => runHandlers(findHandlers(await loaded(), route), c))
  }
  return front
}

function findHandlers(group: Hono<ApiEnv>, route: RouteName): Handler<ApiEnv>[] {
  const own = group.routes.filter(({ method, path }) => `${method.toLowerCase()} ${path}` === route)
  if (own.length === 0) throw new Error(`no handler serves ${route}`)
  return own.map(({ handler }) => handler as Handler<ApiEnv>)
}

/** Runs handlers as Hono does: each may await the next, and sees its answer as `c.res`. */
async function runHandlers([handler, ...rest]: Handler<ApiEnv>[], c: Context<ApiEnv>): Promise<Response> {
  const answer = await handler?.(c, async () => {
    c.res = await runHandlers(rest, c)
  })
  return answer instanceof Response ? answer : c.res
}
