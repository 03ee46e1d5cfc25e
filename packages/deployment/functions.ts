/** The functions and their limits: the infrastructure deploys this table, and the local stack runs it. */

const MINUTE_S = 60
/** 1.7 processors, and the most that a new AWS account may ask for. */
const MEMORY_MB_MAX = 3_008

interface DeployedFunction {
  /** The function's file without its ending, a dot, and the export to call. */
  handler: `functions/${string}.handler`
  timeoutS: number
  memoryMb: number
}

export const FUNCTIONS = {
  // a scan has 8 s; the gateway gives up at 30 s
  api: { handler: 'functions/api.handler', timeoutS: 25, memoryMb: 1_024 },
  'bulk-worker': { handler: 'functions/bulk-worker.handler', timeoutS: 2 * MINUTE_S, memoryMb: 1_024 },
  backup: { handler: 'functions/backup.handler', timeoutS: 15 * MINUTE_S, memoryMb: MEMORY_MB_MAX },
  'verify-backup': { handler: 'functions/verify-backup.handler', timeoutS: 15 * MINUTE_S, memoryMb: MEMORY_MB_MAX },
  'reconcile-backups': { handler: 'functions/reconcile-backups.handler', timeoutS: 5 * MINUTE_S, memoryMb: 512 },
  'restore-drill': { handler: 'functions/restore-drill.handler', timeoutS: 15 * MINUTE_S, memoryMb: MEMORY_MB_MAX },
  // a statement may take four minutes (HUNTER_MIGRATION_STATEMENT_TIMEOUT_MS)
  migrate: { handler: 'functions/migrate.handler', timeoutS: 5 * MINUTE_S, memoryMb: 512 },
} as const satisfies Record<string, DeployedFunction>

export type FunctionName = keyof typeof FUNCTIONS
