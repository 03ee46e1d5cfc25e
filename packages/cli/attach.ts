import { findRunningStack } from '#local/data-dir'
import { AppError } from '#platform/errors'
import { readSettings } from '#runtime/settings'

/**
 * Points this process at what it works on: linked resources (a deployed stage), else the stack that runs on this
 * machine, else the database that HUNTER_DATABASE_URL names.
 * @throws AppError STACK_NOT_RUNNING when there is none of them
 */
export async function attach(): Promise<void> {
  if (process.env.SST_RESOURCE_App) return
  const { HUNTER_DATA_DIR, HUNTER_DATABASE_URL } = readSettings(process.env)
  const running = await findRunningStack(HUNTER_DATA_DIR)
  if (running) {
    for (const [name, value] of Object.entries(running.env)) process.env[name] ||= value
    return
  }
  if (!HUNTER_DATABASE_URL) throw new AppError('STACK_NOT_RUNNING', `no stack uses the data folder ${HUNTER_DATA_DIR}`)
}
