import type { RouteTable } from '#api/http/route'

/** The first is below a lead's path, but belongs here: a rescan needs the scan engine, and the other lead routes do not. */
export const rescanTable = {
  rescanLead: { route: 'post /api/v1/leads/:domain/rescan', scopes: ['write'] },
  rescanLeads: { route: 'post /api/v1/rescan/bulk', scopes: ['write'], takes: ['body'] },
  getSchedule: { route: 'get /api/v1/rescan/schedule', scopes: ['read'] },
  putSchedule: { route: 'put /api/v1/rescan/schedule', scopes: ['admin'], takes: ['body'] },
} as const satisfies RouteTable
