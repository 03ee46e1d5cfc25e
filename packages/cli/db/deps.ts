import { hostname, userInfo } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { MigrateDeps } from '#db/migrate'
import { attach } from '#cli/attach'
import { baseOf, databaseUrl } from '#runtime/process-context'

const MIGRATIONS = fileURLToPath(new URL('../../../migrations', import.meta.url))
export const jsonArg = { type: 'boolean', description: 'Print JSON' } as const

/** The database that the command is attached to, and who asks. */
export async function migrateDeps(): Promise<MigrateDeps> {
  await attach()
  const { settings } = baseOf('cli')
  return {
    url: databaseUrl(settings),
    folder: MIGRATIONS,
    actor: `cli ${userInfo().username}@${hostname()}`,
    lockTimeoutMs: settings.HUNTER_MIGRATION_LOCK_TIMEOUT_MS,
    statementTimeoutMs: settings.HUNTER_MIGRATION_STATEMENT_TIMEOUT_MS,
  }
}
