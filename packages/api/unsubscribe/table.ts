import type { RouteTable } from '#api/http/route'

export const unsubscribeTable = {
  showUnsubscribe: { route: 'get /unsubscribe/:token' },
  unsubscribe: { route: 'post /unsubscribe/:token', takes: ['body'] },
} as const satisfies RouteTable
