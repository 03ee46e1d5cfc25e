import type { Route, RouteTable } from '#api/http/route'

/** Routes that the process answers alone. */
export const liveTable = {
  checkLive: { route: 'get /healthz/live' },
} as const satisfies RouteTable

/** Routes that need the dependencies. */
export const healthTable = {
  checkReady: { route: 'get /healthz/ready' },
  checkStartup: { route: 'get /healthz/startup' },
  readMetrics: { route: 'get /healthz/metrics', scopes: ['read'] },
} as const satisfies RouteTable

/** `open`: the metrics need no key; meant for a development machine. */
export type MetricsAccess = 'open' | 'key'

export function chooseHealthTable(access: MetricsAccess): Record<keyof typeof healthTable, Route> {
  const { readMetrics } = healthTable
  return access === 'open' ? { ...healthTable, readMetrics: { route: readMetrics.route } } : healthTable
}
