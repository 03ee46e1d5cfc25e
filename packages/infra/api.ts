import { createFunction, limitsOf, reserve, withLimits } from './functions.ts'
import { emptyQueue, listBackups, seeQueue, sendTo } from './permissions.ts'
import type { Shared } from './shared.ts'

/** Imported keys are compared in a worker thread, which takes a file. */
const BCRYPT_WORKER = [{ from: 'packages/keys/bcrypt-worker.ts', to: 'bcrypt-worker.ts' }]

export function createApi({ secrets, network, database, redis, storage, queues, instances, migrated }: Shared) {
  const gateway = new sst.aws.ApiGatewayV2('Api', {
    // Hono answers CORS by its own list
    cors: false,
    accessLog: { retention: '1 month' },
  })
  const handler = createFunction('ApiFunction', secrets, {
    ...limitsOf('api'),
    ...withLimits(network, instances),
    after: migrated,
    copyFiles: BCRYPT_WORKER,
    install: ['bcryptjs'],
    concurrency: reserve(instances, 'api'),
    link: [database, redis, storage.bucket, queues.scans, queues.scansDead, secrets.keyPepper],
    permissions: [sendTo(queues.scans), seeQueue(queues.scans), emptyQueue(queues.scansDead), listBackups(storage)],
  })
  gateway.route('$default', handler.arn)
  return gateway
}
