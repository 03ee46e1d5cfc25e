import { INSTANCES_MAX } from '#platform/instances'
import { WORKER_TIMEOUT_S } from '#platform/scan-queue'
import { createFunction, withDatabase } from './functions.ts'
import { consume } from './permissions.ts'
import type { Shared } from './shared.ts'

export function createWorker({ secrets, network, database, redis, queues, migrated }: Shared): void {
  const worker = createFunction('BulkWorker', secrets, {
    handler: 'functions/bulk-worker.handler',
    ...withDatabase(network),
    after: migrated,
    timeout: `${WORKER_TIMEOUT_S} seconds`,
    memory: '1024 MB',
    concurrency: { reserved: INSTANCES_MAX.worker },
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
