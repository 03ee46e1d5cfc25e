import type { Route, RouteTable } from '#api/http/route'

/** Answered by the process alone. */
export const liveTable = {
  checkLive: { route: 'get /healthz/live' },
} as const satisfies RouteTable

/** Answered by the parts that the process needs. */
export const healthTable = {
  checkReady: { route: 'get /healthz/ready' },
  checkStartup: { route: 'get /healthz/startup' },
  readMetrics: { route: 'get /healthz/metrics', scopes: ['read'] },
} as const satisfies RouteTable

/** `open`: everybody may read the metrics, which is for a machine of one's own. */
export type MetricsAccess = 'open' | 'key'

export function chooseHealthTable(access: MetricsAccess): Record<keyof typeof healthTable, Route> {
  const { readMetrics } = healthTable
  return access === 'open' ? { ...healthTable, readMetrics: { route: readMetrics.route } } : healthTable
}
