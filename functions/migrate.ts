import { join } from 'node:path'
import { migrate } from '#db/migrate'
import { baseOf, databaseUrl } from '#runtime/base'

/** Deployed, the folder is copied beside the bundle. */
const folder = join(process.env['LAMBDA_TASK_ROOT'] ?? join(import.meta.dirname, '..'), 'migrations')

export async function handler(): Promise<{ applied: string[] }> {
  const { settings, log } = baseOf('migrate')
  const applied = await migrate({ url: databaseUrl(settings), folder })
  log.info('migrated', { applied })
  return { applied }
}
