import type { MigrateDeps, MigrationStep } from '#db/migrate'
import { withProgress } from '#cli/progress'
import type { ProgressState } from '#cli/progress-line'

/** Shows which migration runs, and for how long. */
export function withMigrationProgress<T>(
  deps: MigrateDeps,
  json: boolean | undefined,
  work: (deps: MigrateDeps) => Promise<T>,
): Promise<T> {
  let state: ProgressState = { what: 'waiting for the database' }
  const onMigration = ({ name, direction, done, total }: MigrationStep) => {
    state = { what: `${direction === 'up' ? 'applying' : 'rolling back'} ${name}`, done, total }
  }
  return withProgress(
    () => state,
    { json },
    () => work({ ...deps, onMigration }),
  )
}
