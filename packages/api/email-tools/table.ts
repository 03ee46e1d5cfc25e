import type { RouteTable } from '#api/http/route'

export const emailToolTable = {
  generateAddresses: { route: 'post /api/v1/email-tools/generate', scopes: ['read'] },
  validateAddresses: { route: 'post /api/v1/email-tools/validate', scopes: ['write'] },
} as const satisfies RouteTable
