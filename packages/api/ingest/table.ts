import type { RouteTable } from '#api/http/route'

export const ingestTable = {
  ingestDomain: { route: 'post /api/v1/ingest/domain', scopes: ['write'], takes: ['body'] },
} as const satisfies RouteTable
