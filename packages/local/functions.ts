import { join } from 'node:path'
import type { FunctionSpec } from '#local/function-host'

const MINUTE = 60_000
const ROOT = join(import.meta.dirname, '..', '..')

const spec = (name: string, file: string, rest: Omit<FunctionSpec, 'name' | 'file' | 'exportName'>): FunctionSpec => ({
  name,
  file: join(ROOT, 'functions', `${file}.ts`),
  exportName: 'handler',
  ...rest,
})

/** The deployed functions, each with its limits on this machine. */
export const FUNCTIONS = {
  api: spec('Api', 'api', { timeoutMs: MINUTE / 2, memoryMb: 1_024 }),
  'bulk-worker': spec('BulkWorker', 'bulk-worker', { timeoutMs: 5 * MINUTE, memoryMb: 1_024, idleMs: MINUTE }),
  backup: spec('Backup', 'backup', { timeoutMs: 15 * MINUTE, memoryMb: 2_048, idleMs: 5_000 }),
  'verify-backup': spec('VerifyBackup', 'verify-backup', { timeoutMs: 15 * MINUTE, memoryMb: 4_096, idleMs: 5_000 }),
  'reconcile-backups': spec('ReconcileBackups', 'reconcile-backups', {
    timeoutMs: 5 * MINUTE,
    memoryMb: 1_024,
    idleMs: 1_000,
  }),
  'restore-drill': spec('RestoreDrill', 'restore-drill', { timeoutMs: 15 * MINUTE, memoryMb: 2_048, idleMs: 1_000 }),
  migrate: spec('Migrate', 'migrate', { timeoutMs: 5 * MINUTE, memoryMb: 1_024, idleMs: 1_000 }),
}

export type FunctionName = keyof typeof FUNCTIONS
