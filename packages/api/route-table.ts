/** Which routes there are behind the first ones. A cold start reads these paths, and the code when one is asked for. */
import { lazyRoutes, type LoadRoutes } from '#api/middleware/lazy-routes'

/** What is kept, and who may see it. */
export const recordRoutes = (load: LoadRoutes) =>
  lazyRoutes(load, [
    'get /healthz/ready',
    'get /healthz/startup',
    'get /healthz/metrics',
    'get /api/v1/leads',
    'get /api/v1/leads/:domain',
    'get /api/v1/leads/:domain/sales-summary',
    'get /api/v1/leads/:domain/score-breakdown',
    'get /api/v1/leads/:domain/history',
    'get /api/v1/alerts',
    'get /api/v1/admin/keys',
    'post /api/v1/admin/keys',
    'post /api/v1/admin/keys/:keyid/rotate',
    'delete /api/v1/admin/keys/:keyid',
  ])

/** What needs the engine. */
export const engineRoutes = (load: LoadRoutes) =>
  lazyRoutes(load, [
    'post /api/v1/leads/:domain/rescan',
    'post /api/v1/scan/domain',
    'post /api/v1/scan/bulk',
    'get /api/v1/scan/bulk',
    'get /api/v1/scan/bulk/:job',
    'post /api/v1/scan/bulk/:job/retry',
    'post /api/v1/scan/bulk/:job/cancel',
    'post /api/v1/scan/dead-letters/redrive',
    'get /api/v1/admin/provider-overrides',
    'put /api/v1/admin/provider-overrides/:signal/:suffix',
    'delete /api/v1/admin/provider-overrides/:signal/:suffix',
  ])

/** Whether who asks for this path shows a key. */
export function asksForKey(path: string, metricsAccess: 'open' | 'key'): boolean {
  return path.startsWith('/api/v1/') || (path === '/healthz/metrics' && metricsAccess === 'key')
}
