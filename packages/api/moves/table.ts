import type { RouteTable } from '#api/http/route'

export const moveTable = {
  listMoves: { route: 'get /api/v1/moves', scopes: ['read'], takes: ['query'] },
} as const satisfies RouteTable
