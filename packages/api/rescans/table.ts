import type { RouteTable } from '#api/http/route'

/** Below a lead's path, and not among the leads' own routes: it needs the scans' engine, which they do without. */
export const rescanTable = {
  rescanLead: { route: 'post /api/v1/leads/:domain/rescan', scopes: ['write'] },
} as const satisfies RouteTable
