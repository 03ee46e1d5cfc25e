import type { RouteTable } from '#api/http/route'

export const keyTable = {
  listKeys: { route: 'get /api/v1/admin/keys', scopes: ['admin'], takes: ['query'] },
  createKey: { route: 'post /api/v1/admin/keys', scopes: ['admin'], takes: ['body'] },
  rotateKey: { route: 'post /api/v1/admin/keys/:keyid/rotate', scopes: ['admin'], takes: ['body'] },
  revokeKey: { route: 'delete /api/v1/admin/keys/:keyid', scopes: ['admin'], takes: ['query'] },
} as const satisfies RouteTable
