import type { RouteTable } from '#api/http/route'

export const scanTable = {
  scanDomain: { route: 'post /api/v1/scan/domain', scopes: ['write'], takes: ['body'] },
  createJob: { route: 'post /api/v1/scan/bulk', scopes: ['write'], takes: ['body'] },
  listJobs: { route: 'get /api/v1/scan/bulk', scopes: ['read', 'write'], takes: ['query'] },
  getJob: { route: 'get /api/v1/scan/bulk/:job', scopes: ['read', 'write'], takes: ['query'] },
  retryJob: { route: 'post /api/v1/scan/bulk/:job/retry', scopes: ['write'] },
  cancelJob: { route: 'post /api/v1/scan/bulk/:job/cancel', scopes: ['write'] },
  redriveDeadLetters: { route: 'post /api/v1/scan/dead-letters/redrive', scopes: ['admin'] },
} as const satisfies RouteTable
