import type { RouteTable } from '#api/http/route'

export const channelTable = {
  listChannels: { route: 'get /api/v1/alerts/channels', scopes: ['admin'] },
  createChannel: { route: 'post /api/v1/alerts/channels', scopes: ['admin'], takes: ['body'] },
  getChannel: { route: 'get /api/v1/alerts/channels/:channel', scopes: ['admin'] },
  editChannel: { route: 'patch /api/v1/alerts/channels/:channel', scopes: ['admin'], takes: ['body'] },
  getConfig: { route: 'get /api/v1/alerts/config', scopes: ['admin'] },
  putConfig: { route: 'put /api/v1/alerts/config', scopes: ['admin'], takes: ['body'] },
  testChannel: { route: 'post /api/v1/alerts/channels/:channel/test', scopes: ['admin'] },
  confirmChannel: { route: 'post /api/v1/alerts/channels/:channel/confirm', scopes: ['admin'], takes: ['body'] },
  rotateChannel: { route: 'post /api/v1/alerts/channels/:channel/rotate', scopes: ['admin'], takes: ['body'] },
  listDeliveries: { route: 'get /api/v1/alerts/channels/:channel/deliveries', scopes: ['admin'], takes: ['query'] },
  previewDigest: { route: 'get /api/v1/alerts/channels/:channel/digest', scopes: ['admin'] },
  resendDelivery: { route: 'post /api/v1/alerts/deliveries/:delivery/resend', scopes: ['admin'] },
  disableChannel: { route: 'post /api/v1/alerts/channels/:channel/disable', scopes: ['admin'] },
  deleteChannel: { route: 'delete /api/v1/alerts/channels/:channel', scopes: ['admin'] },
} as const satisfies RouteTable
