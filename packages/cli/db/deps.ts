import { fileURLToPath } from 'node:url'
import type { MigrateDeps } from '#db/migrate'
import { getActor } from '#cli/actor'
import { attach } from '#cli/attach'
import { getProcessContext, getDatabaseUrl } from '#runtime/process-context'

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url))
export const jsonArg = { type: 'boolean', description: 'Print JSON' } as const

/** Everything a migration needs: the attached database, the folder, the actor and the timeouts. */
export async function openMigrateDeps(): Promise<MigrateDeps> {
  await attach()
  const { settings } = getProcessContext('cli')
  return {
    url: getDatabaseUrl(settings),
    folder: MIGRATIONS,
    actor: getActor(),
    lockTimeoutMs: settings.HUNTER_MIGRATION_LOCK_TIMEOUT_MS,
    statementTimeoutMs: settings.HUNTER_MIGRATION_STATEMENT_TIMEOUT_MS,
  }
}
