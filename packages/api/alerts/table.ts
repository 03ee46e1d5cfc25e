import type { RouteTable } from '#api/http/route'

export const alertTable = {
  listAlerts: { route: 'get /api/v1/alerts', scopes: ['read'], takes: ['query'] },
} as const satisfies RouteTable
