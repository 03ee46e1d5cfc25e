import { createFunction, withDatabase } from './functions.ts'
import { consume } from './permissions.ts'
import type { Shared } from './shared.ts'

/** Many workers gain nothing: the limits on DNS are shared, and each worker holds a database connection. */
const WORKERS_MAX = 5

export function createWorker({ secrets, network, database, redis, queues, migrated }: Shared): void {
  const worker = createFunction('BulkWorker', secrets, {
    handler: 'functions/bulk-worker.handler',
    ...withDatabase(network),
    after: migrated,
    timeout: '2 minutes',
    memory: '1024 MB',
    link: [database, redis],
    permissions: [consume(queues.scans)],
  })
  queues.scans.subscribe(worker.arn, {
    batch: { size: 1, partialResponses: true },
    transform: {
      eventSourceMapping: (args) => {
        args.scalingConfig = { maximumConcurrency: WORKERS_MAX }
      },
    },
  })
}
