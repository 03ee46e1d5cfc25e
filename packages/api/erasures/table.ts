import type { RouteTable } from '#api/http/route'

/** Below a lead's path, but a resource of its own: an erasure also clears the caches of scans. */
export const erasureTable = {
  eraseLead: { route: 'delete /api/v1/leads/:domain', scopes: ['admin'] },
} as const satisfies RouteTable
