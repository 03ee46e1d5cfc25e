import { join } from 'node:path'
import { type Migrated, migrate } from '#db/migrate'
import { getProcessContext, getDatabaseUrl } from '#runtime/process-context'
import { finishMigrations } from '#runtime/after-migrations'
import { VERSION } from '#runtime/version'

/** A deployment copies the folder beside the bundle. */
const folder = join(process.env['LAMBDA_TASK_ROOT'] ?? join(import.meta.dirname, '..'), 'migrations')

/** The function has five minutes; "hunter db migrate" goes on where it stops. */
const FINISH_MS = 120_000

export async function handler(): Promise<Migrated> {
  const { settings, log } = getProcessContext('migrate')
  const url = getDatabaseUrl(settings)
  const migrated = await migrate({
    url,
    folder,
    actor: `release ${VERSION}`,
    lockTimeoutMs: settings.HUNTER_MIGRATION_LOCK_TIMEOUT_MS,
    statementTimeoutMs: settings.HUNTER_MIGRATION_STATEMENT_TIMEOUT_MS,
  })
  const endsAtMs = performance.now() + FINISH_MS
  const finished = await finishMigrations(url, () => performance.now() > endsAtMs)
  log.info('migrated', { ...migrated, ...finished })
  return migrated
}
