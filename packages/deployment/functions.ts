/**
 * The deployment package owns what the infrastructure and the local stack must agree on. This table has the functions
 * and their limits.
 */

const MINUTE_S = 60
/** Gives 1.7 processors; a new AWS account may not ask for more. */
const MEMORY_MB_MAX = 3_008

/**
 * Options of Node for every function; package.json and bin.mjs give them to `npm start` and `hunter`. V8 lets 96 MB of
 * short-lived objects pile up before it looks for garbage, and keeps much of it for longer: an import of 100,000 rows took
 * 300 MB of memory instead of 200.
 */
export const LEAN_HEAP = ['--max-semi-space-size=4'] as const

interface DeployedFunction {
  /** Path of the function's file without its extension, a dot, and the exported handler. */
  handler: `functions/${string}.handler`
  timeoutS: number
  memoryMb: number
}

export const FUNCTIONS = {
  // a scan has 8 s; the gateway gives up after 30 s
  api: { handler: 'functions/api.handler', timeoutS: 25, memoryMb: 1_024 },
  'bulk-worker': { handler: 'functions/bulk-worker.handler', timeoutS: 2 * MINUTE_S, memoryMb: 1_024 },
  backup: { handler: 'functions/backup.handler', timeoutS: 15 * MINUTE_S, memoryMb: MEMORY_MB_MAX },
  'verify-backup': { handler: 'functions/verify-backup.handler', timeoutS: 15 * MINUTE_S, memoryMb: MEMORY_MB_MAX },
  'reconcile-backups': { handler: 'functions/reconcile-backups.handler', timeoutS: 5 * MINUTE_S, memoryMb: 512 },
  'restore-drill': { handler: 'functions/restore-drill.handler', timeoutS: 15 * MINUTE_S, memoryMb: MEMORY_MB_MAX },
  rescan: { handler: 'functions/rescan.handler', timeoutS: MINUTE_S, memoryMb: 512 },
  // starts nothing in its last half minute; the next run goes on
  deliver: { handler: 'functions/deliver.handler', timeoutS: 2 * MINUTE_S, memoryMb: 512 },
  // reads no further page in its last half minute; the next run goes on
  referrals: { handler: 'functions/referrals.handler', timeoutS: 2 * MINUTE_S, memoryMb: 512 },
  digest: { handler: 'functions/digest.handler', timeoutS: 2 * MINUTE_S, memoryMb: 512 },
  // one statement may take four minutes (HUNTER_MIGRATION_STATEMENT_TIMEOUT_MS)
  migrate: { handler: 'functions/migrate.handler', timeoutS: 5 * MINUTE_S, memoryMb: 512 },
} as const satisfies Record<string, DeployedFunction>

export type FunctionName = keyof typeof FUNCTIONS
