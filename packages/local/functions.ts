import { join } from 'node:path'
import { FUNCTIONS, type FunctionName } from '#deployment/functions'
import type { FunctionSpec } from '#local/function-host'

const ROOT = join(import.meta.dirname, '..', '..')

/** How long an idle function stays loaded here. People wait for the API, so it stays. */
const IDLE_MS: Record<FunctionName, number | undefined> = {
  api: undefined,
  'bulk-worker': 60_000,
  backup: 5_000,
  'verify-backup': 5_000,
  'reconcile-backups': 1_000,
  'restore-drill': 1_000,
  // longer than the pause between two runs
  rescan: 90_000,
  referrals: 60_000,
  deliver: undefined, // runs every minute
  digest: 90_000,
  migrate: 1_000,
}

/** The deployed functions with their limits, as this machine loads them. */
export const FUNCTION_SPECS = Object.fromEntries(
  Object.entries(FUNCTIONS).map(([name, limits]) => [name, describeFunction(name as FunctionName, limits)]),
) as Record<FunctionName, FunctionSpec>

function describeFunction(
  name: FunctionName,
  { handler, timeoutS, memoryMb }: (typeof FUNCTIONS)[FunctionName],
): FunctionSpec {
  const [file, exportName] = handler.split('.') as [string, string]
  const idleMs = IDLE_MS[name]
  return {
    name: pascalCase(name),
    file: join(ROOT, `${file}.ts`),
    exportName,
    timeoutMs: timeoutS * 1_000,
    memoryMb,
    ...(idleMs !== undefined && { idleMs }),
  }
}

/** Names a function as the infrastructure does: `bulk-worker` becomes BulkWorker. */
function pascalCase(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
