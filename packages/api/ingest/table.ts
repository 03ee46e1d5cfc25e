import type { RouteTable } from '#api/http/route'

export const ingestTable = {
  ingestDomain: { route: 'post /api/v1/ingest/domain', scopes: ['write'], takes: ['body'] },
  ingestList: { route: 'post /api/v1/ingest/csv', scopes: ['write'], takes: ['query', 'body'] },
  ingestWebhook: { route: 'post /api/v1/ingest/webhook', scopes: ['write'], takes: ['query', 'body'] },
  getImport: { route: 'get /api/v1/ingest/:import', scopes: ['read', 'write'], takes: ['query'] },
  scanImport: { route: 'post /api/v1/ingest/:import/scan', scopes: ['write'] },
} as const satisfies RouteTable
