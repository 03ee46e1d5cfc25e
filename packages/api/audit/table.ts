import type { RouteTable } from '#api/http/route'

export const auditTable = {
  listAudit: { route: 'get /api/v1/admin/audit', scopes: ['admin'], takes: ['query'] },
} as const satisfies RouteTable
