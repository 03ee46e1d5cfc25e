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
 * Invokes the function when a deployment has other migrations than the last one, and waits for the answer. An error
 * ends the deployment: everything that depends on this keeps its old code.
 */
function invokeOnChange(migrate: sst.aws.Function): Migrated {
  return new aws.lambda.Invocation(
    'Migrated',
    { functionName: migrate.name, input: '{}', triggers: { migrations: hashFolder(join($cli.paths.root, FOLDER)) } },
    { dependsOn: [migrate] },
  )
}
