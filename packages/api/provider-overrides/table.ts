import type { RouteTable } from '#api/http/route'

export const overrideTable = {
  listOverrides: { route: 'get /api/v1/admin/provider-overrides', scopes: ['admin'], takes: ['query'] },
  putOverride: { route: 'put /api/v1/admin/provider-overrides/:signal/:suffix', scopes: ['admin'], takes: ['body'] },
  deleteOverride: { route: 'delete /api/v1/admin/provider-overrides/:signal/:suffix', scopes: ['admin'] },
} as const satisfies RouteTable
