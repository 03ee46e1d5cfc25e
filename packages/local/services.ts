/**
 * Starts the services that stand in for AWS and Upstash, side by side, and builds the environment that points at them.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '#platform/clock'
import { QUEUES } from '#deployment/queues'
import type { LocalSecrets } from '#local/data-dir'
import { startDatabase } from '#local/database'
import { startDnsServer } from '#emulators/dns/server'
import { getDeadLetterUrl, type QueueServer, startQueueServer } from '#emulators/sqs/server'
import { type ReceivedMessage, startInbox } from '#emulators/inbox/server'
import { listDemoReferrals } from '#emulators/partner-center/referral'
import { startPartnerCenter } from '#emulators/partner-center/server'
import { startRdsStub } from '#emulators/rds/server'
import { startRedisServer } from '#emulators/redis/server'
import { startRegistry } from '#emulators/registry/server'
import { type Storage, startStorage } from '#local/storage'

export interface Services {
  env: Record<string, string>
  queues: QueueServer
  queueUrls: { scan: string; proof: string; backup: string }
  storage: Pick<Storage, 'bucket' | 'client' | 'allowPages'>
  databaseUrl: string
  /** Takes alerts, and hands them to `onAlert`. */
  inboxUrl: string
}

interface PartsOptions {
  dataDir: string
  durable: boolean
  secrets: LocalSecrets
  /** Name servers for names outside the bundled zone; empty: the system's. */
  nameServers: string[]
  /** Called when a service dies, and when it runs again. */
  onProblem: (message: string) => void
  onAlert: (message: ReceivedMessage) => void
  /** The inbox should have the same address after a restart; 0: any. */
  inboxPort: number
  /** Takes each service's end as soon as it has started, so that a later failure still ends it. */
  closers: AsyncDisposableStack
}

const REGION = 'us-east-1'
const CLUSTER = 'hunter-local'

/** @throws AppError PART_FAILED, after ending whatever did start */
export async function startServices(options: PartsOptions): Promise<Services> {
  const { dataDir, durable, secrets, nameServers, onProblem, onAlert, inboxPort, closers } = options
  const credentials = { accessKeyId: secrets.accessKeyId, secretAccessKey: secrets.secretAccessKey }
  const clock = systemClock
  await mkdir(dataDir, { recursive: true })
  const starting = [
    closing(closers, startDatabase({ dir: join(dataDir, 'postgres'), durable, onProblem })),
    closing(closers, startRedisServer({ token: secrets.redisToken, clock, persistPath: join(dataDir, 'redis.json') })),
    closing(closers, startStorage({ dir: join(dataDir, 's3'), region: REGION, credentials, clock })),
    closing(closers, startQueueServer({ credentials, region: REGION })),
    closing(closers, startRdsStub({ clock, clusters: [CLUSTER] })),
    closing(closers, startDnsServer(nameServers.length > 0 ? { forwardTo: nameServers } : {})),
    closing(closers, startRegistry({ clock })),
    closing(closers, startInbox(onAlert, inboxPort)),
    closing(closers, startPartnerCenter(listDemoReferrals(clock.now()))),
  ] as const
  await Promise.allSettled(starting) // waits even when one fails: no service may start after the others have ended
  const [database, redis, storage, queues, rds, dns, registry, inbox, partnerCenter] = await Promise.all(starting)
  const [scan, proof, backup] = await Promise.all([
    queues.createQueue('ScanQueue', { visibilitySeconds: QUEUES.scans.hiddenS, maxReceives: QUEUES.scans.tries }),
    queues.createQueue('ProofQueue', { visibilitySeconds: QUEUES.proofs.hiddenS, maxReceives: QUEUES.proofs.tries }),
    queues.createQueue('BackupQueue', { visibilitySeconds: QUEUES.backups.hiddenS, maxReceives: QUEUES.backups.tries }),
  ])
  const env = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: secrets.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.secretAccessKey,
    AWS_ENDPOINT_URL_S3: storage.url,
    AWS_ENDPOINT_URL_SQS: queues.url,
    AWS_ENDPOINT_URL_RDS: rds.url,
    AWS_ENDPOINT_URL_SESV2: inbox.url,
    HUNTER_ALERT_FROM: 'alerts@hunter.example',
    HUNTER_ALERT_HOSTS: new URL(inbox.url).host,
    HUNTER_PARTNER_URL: partnerCenter.url,
    HUNTER_ENV: 'local',
    HUNTER_DNS_SERVERS: dns.address,
    HUNTER_RDAP_BOOTSTRAP_URL: registry.bootstrapUrl,
    HUNTER_TRABIS_SERVER: registry.trabisServer,
    HUNTER_RDS_CLUSTER: CLUSTER,
    ...linked('App', { name: 'hunter', stage: 'local' }),
    ...linked('Database', database.link),
    ...linked('Redis', { url: redis.url, token: secrets.redisToken }),
    ...linked('Backups', { name: storage.bucket }),
    ...linked('Transfers', { name: storage.transfers }),
    ...linked('ScanQueue', { url: scan }),
    ...linked('ScanQueueDead', { url: getDeadLetterUrl(scan) }),
    ...linked('ProofQueue', { url: proof }),
    ...linked('BackupQueue', { url: backup }),
    ...linked('KeyPepper', { value: secrets.pepper }),
  }
  return {
    env,
    queues,
    queueUrls: { scan, proof, backup },
    storage,
    databaseUrl: database.url,
    inboxUrl: inbox.url,
  }
}

/** Builds what SST puts into a function's environment for each linked resource. */
function linked(name: string, properties: object): Record<string, string> {
  return { [`SST_RESOURCE_${name}`]: JSON.stringify(properties) }
}

async function closing<T extends { close(): Promise<void> }>(
  closers: AsyncDisposableStack,
  starting: Promise<T>,
): Promise<T> {
  const part = await starting
  closers.defer(() => part.close())
  return part
}
