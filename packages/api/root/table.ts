import type { RouteTable } from '#api/http/route'

export const rootTable = {
  describeService: { route: 'get /' },
} as const satisfies RouteTable
