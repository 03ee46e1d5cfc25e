import type { RouteTable } from '#api/http/route'

export const backupTable = {
  listBackups: { route: 'get /api/v1/admin/backups', scopes: ['admin'], takes: ['query'] },
  getBackupStats: { route: 'get /api/v1/admin/backups/stats', scopes: ['admin'], takes: ['query'] },
  getBackupPlan: { route: 'get /api/v1/admin/backups/plan', scopes: ['admin'], takes: ['query'] },
  startBackup: { route: 'post /api/v1/admin/backups', scopes: ['admin'] },
  verifyBackup: { route: 'post /api/v1/admin/backups/:id/verify', scopes: ['admin'], takes: ['query'] },
  getBackup: { route: 'get /api/v1/admin/backups/:id', scopes: ['admin'], takes: ['query'] },
} as const satisfies RouteTable
