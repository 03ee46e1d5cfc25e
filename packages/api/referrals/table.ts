import type { RouteTable } from '#api/http/route'

export const referralTable = {
  syncReferrals: { route: 'post /api/v1/referrals/sync', scopes: ['write'] },
} as const satisfies RouteTable
