/** What a resource's `table.ts` says of a route: its path, its method and who may call it stand there and nowhere else. */
import type { Scope } from '#db/tables'

export type RouteName = `${'get' | 'post' | 'put' | 'delete'} /${string}`

interface RouteForKeys {
  /** `get /api/v1/leads/:domain` */
  route: RouteName
  /** A key needs one of them. */
  scopes: readonly [Scope, ...Scope[]]
}

/** The paths that ask for no key: a route below `/api/v1` without scopes does not compile. */
interface OpenRoute {
  route: 'get /' | `get /healthz/${string}`
  scopes?: undefined
}

export type Route = RouteForKeys | OpenRoute

/** Each route under the name that the resource's handlers and contract use for it. */
export type RouteTable = Readonly<Record<string, Route>>

export function splitRoute(route: RouteName): { method: string; path: string } {
  const [method = '', path = ''] = route.split(' ')
  return { method, path }
}
