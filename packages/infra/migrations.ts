import { join } from 'node:path'
import { hashFolder } from './hash-folder.ts'
import { createFunction, readFunctionLimits, type Migrated, withDatabase } from './functions.ts'
import type { StackResources } from './resources.ts'

const FOLDER = 'migrations'

export function createMigrations({ secrets, network, database }: Omit<StackResources, 'migrated'>) {
  const migrate = createFunction('Migrate', secrets, {
    ...readFunctionLimits('migrate'),
    ...withDatabase(network),
    copyFiles: [{ from: FOLDER }],
    link: [database],
  })
  return { migrate, migrated: invokeOnChange(migrate) }
}

/**
 * Called by a deployment whose migrations are others than those of the last one. It waits for the answer, and an error
 * ends the deployment: whatever depends on this keeps its old code.
 */
function invokeOnChange(migrate: sst.aws.Function): Migrated {
  return new aws.lambda.Invocation(
    'Migrated',
    { functionName: migrate.name, input: '{}', triggers: { migrations: hashFolder(join($cli.paths.root, FOLDER)) } },
    { dependsOn: [migrate] },
  )
}
