/** The types of a resource's `table.ts`, the only place that holds a route's path, method and scopes. */
import type { Scope } from '#db/tables'

export type RouteName = `${'get' | 'post' | 'put' | 'patch' | 'delete'} /${string}`

interface RouteForKeys {
  /** `get /api/v1/leads/:domain` */
  route: RouteName
  /** A key needs at least one of them. */
  scopes: readonly [Scope, ...Scope[]]
  /** What the handler reads. Anything else is refused, but for retired routes, which answer whatever they are sent. */
  takes?: readonly ('query' | 'body')[] | 'anything'
}

/** Paths that need no key. A route below `/api/v1` without scopes does not compile. */
interface OpenRoute {
  route: 'get /' | `get /healthz/${string}` | `${'get' | 'post'} /unsubscribe/${string}`
  scopes?: undefined
  takes?: RouteForKeys['takes']
}

export type Route = RouteForKeys | OpenRoute

/** Routes by the names that the resource's handlers and its contract use. */
export type RouteTable = Readonly<Record<string, Route>>

export function splitRoute(route: RouteName): { method: string; path: string } {
  const [method = '', path = ''] = route.split(' ')
  return { method, path }
}
