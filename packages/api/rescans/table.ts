import type { RouteTable } from '#api/http/route'

/** Below a lead's path, but a resource of its own: a rescan needs the scan engine, and the other lead routes do not. */
export const rescanTable = {
  rescanLead: { route: 'post /api/v1/leads/:domain/rescan', scopes: ['write'] },
} as const satisfies RouteTable
