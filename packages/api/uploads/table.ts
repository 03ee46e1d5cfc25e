import type { RouteTable } from '#api/http/route'

export const uploadTable = {
  createUpload: { route: 'post /api/v1/ingest/uploads', scopes: ['write'], takes: ['body'] },
} as const satisfies RouteTable
