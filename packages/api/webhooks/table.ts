import type { RouteTable } from '#api/http/route'

export const webhookTable = {
  listWebhooks: { route: 'get /api/v1/admin/webhooks', scopes: ['admin'], takes: ['query'] },
  createWebhook: { route: 'post /api/v1/admin/webhooks', scopes: ['admin'], takes: ['body'] },
  rotateWebhook: { route: 'post /api/v1/admin/webhooks/:webhook/rotate', scopes: ['admin'], takes: ['body'] },
  revokeWebhook: { route: 'delete /api/v1/admin/webhooks/:webhook', scopes: ['admin'], takes: ['query'] },
} as const satisfies RouteTable
