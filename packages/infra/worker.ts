import { INSTANCES_MAX } from '#deployment/instances'
import { createFunction, limitsOf, reserve, withLimits } from './functions.ts'
import { consume } from './permissions.ts'
import type { Shared } from './shared.ts'

export function createWorker({ secrets, network, database, redis, queues, instances, migrated }: Shared): void {
  const worker = createFunction('BulkWorker', secrets, {
    ...limitsOf('bulk-worker'),
    ...withLimits(network, instances),
    after: migrated,
    concurrency: reserve(instances, 'worker'),
    link: [database, redis, queues.scans],
    permissions: [consume(queues.scans)],
  })
  queues.scans.subscribe(worker.arn, {
    batch: { size: 1, partialResponses: true },
    transform: {
      eventSourceMapping: (args) => {
        args.scalingConfig = { maximumConcurrency: INSTANCES_MAX.worker }
      },
    },
  })
}
