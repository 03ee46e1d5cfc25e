/** The parts that stand in for AWS and Upstash, started side by side, and the environment that points at them. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { Client } from 'pg'
import { systemClock } from '#platform/clock'
import { BATCH_TRIES } from '#scans/batch-message'
import type { LocalSecrets } from '#local/data-dir'
import { startDnsServer } from '#local/dns'
import { type PostgresServer, startPostgres } from '#local/postgres/postgres'
import { type QueueServer, startQueueServer } from '#local/queues'
import { startRdsStub } from '#local/rds'
import { startRedisServer } from '#local/redis/server'
import { startS3Server } from '#local/s3/server'

export interface Parts {
  env: Record<string, string>
  queues: QueueServer
  queueUrls: { scan: string; proof: string }
  storage: { bucket: string; client: S3ClientConfig }
  databaseUrl: string
}

interface PartsOptions {
  dataDir: string
  durable: boolean
  secrets: LocalSecrets
  /** Takes each part's end as soon as the part stands, so that a later failure still ends it. */
  closers: AsyncDisposableStack
}

const REGION = 'us-east-1'
const BUCKET = 'hunter-backups'
const CLUSTER = 'hunter-local'
const DATABASE = 'hunter'

/** @throws AppError PART_FAILED, after ending whatever did start */
export async function startParts(options: PartsOptions): Promise<Parts> {
  const { dataDir, durable, secrets, closers } = options
  const credentials = { accessKeyId: secrets.accessKeyId, secretAccessKey: secrets.secretAccessKey }
  const clock = systemClock
  await mkdir(dataDir, { recursive: true })
  const starting = [
    closing(closers, startDatabase(join(dataDir, 'postgres'), durable)),
    closing(closers, startRedisServer({ token: secrets.redisToken, clock, persistPath: join(dataDir, 'redis.json') })),
    closing(closers, startS3Server({ dir: join(dataDir, 's3'), buckets: [BUCKET], clock, ...credentials })),
    closing(closers, startQueueServer({ credentials, region: REGION })),
    closing(closers, startRdsStub({ clock, clusters: [CLUSTER] })),
    closing(closers, startDnsServer({})),
  ] as const
  await Promise.allSettled(starting) // even when one fails: no part may start after the others were ended
  const [postgres, redis, s3, queues, rds, dns] = await Promise.all(starting)
  const [scan, proof] = await Promise.all([
    queues.createQueue('ScanQueue', { visibilitySeconds: 360, maxReceives: BATCH_TRIES }),
    queues.createQueue('ProofQueue', { visibilitySeconds: 1_000, maxReceives: 3 }),
  ])
  const env = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: secrets.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secrets.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_SQS: queues.url,
    AWS_ENDPOINT_URL_RDS: rds.url,
    HUNTER_ENV: 'local',
    HUNTER_DNS_SERVERS: dns.address,
    HUNTER_RDS_CLUSTER: CLUSTER,
    ...linked('App', { name: 'hunter', stage: 'local' }),
    ...linked('Database', databaseLink(postgres.url)),
    ...linked('Redis', { url: redis.url, token: secrets.redisToken }),
    ...linked('Backups', { name: BUCKET }),
    ...linked('ScanQueue', { url: scan }),
    ...linked('ProofQueue', { url: proof }),
    ...linked('KeyPepper', { value: secrets.pepper }),
  }
  return {
    env,
    queues,
    queueUrls: { scan, proof },
    storage: { bucket: BUCKET, client: { endpoint: s3.url, region: REGION, credentials } },
    databaseUrl: withDatabase(postgres.url),
  }
}

/** What SST puts into a function's environment for each resource that is linked to it. */
function linked(name: string, properties: Record<string, unknown>): Record<string, string> {
  return { [`SST_RESOURCE_${name}`]: JSON.stringify(properties) }
}

function databaseLink(serverUrl: string): Record<string, unknown> {
  const { hostname, port, username, password } = new URL(serverUrl)
  return { host: hostname, port: Number(port), username, password, database: DATABASE }
}

function withDatabase(serverUrl: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${DATABASE}`
  return url.href
}

async function startDatabase(dir: string, durable: boolean): Promise<PostgresServer> {
  const server = await startPostgres({ dir, durable })
  const client = new Client({ connectionString: server.url })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
  return server
}

async function closing<T extends { close(): Promise<void> }>(
  closers: AsyncDisposableStack,
  starting: Promise<T>,
): Promise<T> {
  const part = await starting
  closers.defer(() => part.close())
  return part
}
