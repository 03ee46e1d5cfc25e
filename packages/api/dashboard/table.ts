import type { RouteTable } from '#api/http/route'

export const dashboardTable = {
  getDashboard: { route: 'get /api/v1/dashboard', scopes: ['read'], takes: ['query'] },
} as const satisfies RouteTable
