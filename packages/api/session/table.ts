import type { RouteTable } from '#api/http/route'

/** Every key has one of them. */
const ANY = ['read', 'write', 'admin'] as const

export const sessionTable = {
  openSession: { route: 'post /api/v1/session', scopes: ANY },
  getSession: { route: 'get /api/v1/session', scopes: ANY },
  closeSession: { route: 'delete /api/v1/session', scopes: ANY },
  listSessions: { route: 'get /api/v1/admin/sessions', scopes: ['admin'], takes: ['query'] },
  revokeSession: { route: 'delete /api/v1/admin/sessions/:session', scopes: ['admin'] },
} as const satisfies RouteTable
