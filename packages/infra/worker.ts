import { INSTANCES_MAX } from '#deployment/instances'
import { WORKER_TIMEOUT_S } from '#deployment/scan-queue'
import { createFunction, reserve, withLimits } from './functions.ts'
import { consume } from './permissions.ts'
import type { Shared } from './shared.ts'

export function createWorker({ secrets, network, database, redis, queues, instances, migrated }: Shared): void {
  const worker = createFunction('BulkWorker', secrets, {
    handler: 'functions/bulk-worker.handler',
    ...withLimits(network, instances),
    after: migrated,
    timeout: `${WORKER_TIMEOUT_S} seconds`,
    memory: '1024 MB',
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
