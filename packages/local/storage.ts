import { setInterval } from 'node:timers'
import {
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { buildLifecycleRules } from '#backups/retention/lifecycle-rules'
import type { Clock } from '#platform/clock'
import { startS3Server } from '#emulators/s3/server'

export interface Storage {
  url: string
  bucket: string
  client: S3ClientConfig
  close(): Promise<void>
}

interface StorageOptions {
  dir: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  clock: Clock
}

const BUCKET = 'hunter-backups'
const EXPIRE_EVERY_MS = 3_600_000

/** Starts S3 with the bucket of the backups, set up as deployed: versioned, with the same lifecycle rules. */
export async function startStorage({ dir, region, credentials, clock }: StorageOptions): Promise<Storage> {
  const server = await startS3Server({ dir, buckets: [BUCKET], clock, ...credentials })
  const client = { endpoint: server.url, region, credentials }
  const s3 = new S3Client(client)
  const Bucket = BUCKET
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const LifecycleConfiguration = { Rules: buildLifecycleRules() }
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
  s3.destroy()

  const expire = () => void server.expireObjects(clock.now()).catch(() => undefined) // the next hour tries again
  expire()
  const timer = setInterval(expire, EXPIRE_EVERY_MS)
  return {
    url: server.url,
    bucket: BUCKET,
    client,
    close: async () => {
      clearInterval(timer)
      await server.close()
    },
  }
}
