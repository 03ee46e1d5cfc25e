import { SCHEDULES } from '#deployment/schedules'
import { withDatabase } from './functions.ts'
import { sendToQueue } from './permissions.ts'
import { createScheduled } from './schedule.ts'
import type { StackResources } from './resources.ts'
import { isProduction } from './stage.ts'

/** Decides which leads are due; the worker scans them. */
export function createRescans(shared: StackResources): void {
  const { network, database, queues, migrated } = shared
  createScheduled(
    shared,
    'Rescan',
    // a database of another stage pauses while it is idle, and a schedule would keep it awake
    { ...SCHEDULES.rescans, isEnabled: isProduction },
    {
      ...withDatabase(network),
      after: migrated,
      link: [database, queues.scans],
      permissions: [sendToQueue(queues.scans)],
    },
  )
}
