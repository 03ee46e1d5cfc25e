import type { Database } from './database.ts'
import type { Instances } from './instances.ts'
import type { Migrated } from './functions.ts'
import type { Mail } from './mail.ts'
import type { Network } from './network.ts'
import type { Outward } from './outward.ts'
import type { ProofServer } from './proof-server.ts'
import type { Queues } from './queues.ts'
import type { Redis } from './redis.ts'
import type { Secrets } from './secrets.ts'
import type { Storage } from './storage.ts'
import type { Transfers } from './transfers.ts'

/** The resources that the functions are wired to. */
export interface StackResources {
  secrets: Secrets
  network: Network
  outward: Outward
  database: Database
  proofServer: ProofServer
  redis: Redis
  storage: Storage
  transfers: Transfers
  queues: Queues
  instances: Instances
  mail: Mail
  /** Everything that reads or writes Hunter's tables waits for it, as `after` of `createFunction`. */
  migrated: Migrated
}
