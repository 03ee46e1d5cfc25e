import type { Database } from '#db/client'
import type { Clock } from '#platform/clock'
import { getProcessContext } from '#runtime/process-context'
import { getActor } from '#cli/actor'
import { withDatabase } from '#cli/with-database'

/** Works on the jobs of the installation that the command is attached to. */
export function withJobs<T>(work: (deps: { db: Database; clock: Clock }, actor: string) => Promise<T>): Promise<T> {
  return withDatabase((db) => work({ db, clock: getProcessContext('cli').clock }, getActor()))
}
