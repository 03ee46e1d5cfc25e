import type { RouteTable } from '#api/http/route'

export const backupTable = {
  listBackups: { route: 'get /api/v1/admin/backups', scopes: ['admin'] },
  getBackup: { route: 'get /api/v1/admin/backups/:id', scopes: ['admin'] },
} as const satisfies RouteTable
