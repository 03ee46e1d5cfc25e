import { createFunction, withDatabase } from './functions.ts'
import type { Shared } from './shared.ts'

/** Called once with every release, before the new code takes traffic. */
export function createMigrations({ secrets, network, database }: Shared) {
  return createFunction('Migrate', secrets, {
    handler: 'functions/migrate.handler',
    ...withDatabase(network),
    copyFiles: [{ from: 'migrations' }],
    timeout: '5 minutes',
    memory: '512 MB',
    link: [database],
  })
}
