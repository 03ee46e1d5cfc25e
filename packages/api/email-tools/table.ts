import type { RouteTable } from '#api/http/route'

export const emailToolTable = {
  generateAddresses: { route: 'post /api/v1/email-tools/generate', scopes: ['read'], takes: ['body'] },
  validateAddresses: { route: 'post /api/v1/email-tools/validate', scopes: ['write'], takes: ['body'] },
} as const satisfies RouteTable
