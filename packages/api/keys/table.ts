import type { RouteTable } from '#api/http/route'

export const keyTable = {
  listKeys: { route: 'get /api/v1/admin/keys', scopes: ['admin'] },
  createKey: { route: 'post /api/v1/admin/keys', scopes: ['admin'] },
  rotateKey: { route: 'post /api/v1/admin/keys/:keyid/rotate', scopes: ['admin'] },
  revokeKey: { route: 'delete /api/v1/admin/keys/:keyid', scopes: ['admin'] },
} as const satisfies RouteTable
