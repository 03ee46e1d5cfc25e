import { INSTANCES_MAX } from '#deployment/instances'
import { createFunction, readFunctionLimits, reserveInstances, withLimits } from './functions.ts'
import { consumeQueue, readUploads, sendToQueue } from './permissions.ts'
import type { StackResources } from './resources.ts'

export function createWorker({
  secrets,
  network,
  database,
  redis,
  transfers,
  queues,
  instances,
  migrated,
}: StackResources): void {
  const worker = createFunction('BulkWorker', secrets, {
    ...readFunctionLimits('bulk-worker'),
    ...withLimits(network, instances),
    after: migrated,
    concurrency: reserveInstances(instances, 'worker'),
    link: [database, redis, transfers, queues.scans],
    permissions: [consumeQueue(queues.scans), sendToQueue(queues.scans), ...readUploads(transfers)],
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
