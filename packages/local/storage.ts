import { setInterval } from 'node:timers'
import {
  type LifecycleRule,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { buildLifecycleRules } from '#backups/retention/lifecycle-rules'
import { EXPOSED_HEADERS, INCOMPLETE_DAYS, listPageRules, TRANSFER_RULES } from '#deployment/transfers'
import type { Clock } from '#platform/clock'
import { startS3Server } from '#emulators/s3/server'

export interface Storage {
  url: string
  /** Bucket of the backups. */
  bucket: string
  /** Bucket for files that are too large for a request or an answer. */
  transfers: string
  client: S3ClientConfig
  /** Lets pages of these origins send files, and no others. */
  allowPages(origins: string[]): Promise<void>
  close(): Promise<void>
}

interface StorageOptions {
  dir: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  clock: Clock
}

const BUCKET = 'hunter-backups'
const TRANSFERS = 'hunter-transfers'
const EXPIRE_EVERY_MS = 3_600_000

/** Starts S3 with its buckets, set up as deployed: with the same lifecycle rules, and the backups' versioned. */
export async function startStorage({ dir, region, credentials, clock }: StorageOptions): Promise<Storage> {
  const server = await startS3Server({ dir, buckets: [BUCKET, TRANSFERS], clock, ...credentials })
  const client = { endpoint: server.url, region, credentials }
  const s3 = new S3Client(client)
  const Bucket = BUCKET
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const LifecycleConfiguration = { Rules: buildLifecycleRules() }
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
  const transferRules = { Rules: buildTransferRules() }
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket: TRANSFERS, LifecycleConfiguration: transferRules }),
  )
  s3.destroy()

  const expire = () => void server.expireObjects(clock.now()).catch(() => undefined) // the next hour tries again
  expire()
  const timer = setInterval(expire, EXPIRE_EVERY_MS)
  return {
    url: server.url,
    bucket: BUCKET,
    transfers: TRANSFERS,
    client,
    allowPages: (origins) => allowPages(new S3Client(client), origins),
    close: async () => {
      clearInterval(timer)
      await server.close()
    },
  }
}

function buildTransferRules(): LifecycleRule[] {
  return [
    ...TRANSFER_RULES.map(({ id, prefix, days }): LifecycleRule => ({
      ID: id,
      Status: 'Enabled',
      Filter: { Prefix: prefix },
      Expiration: { Days: days },
    })),
    {
      ID: 'abort-incomplete-uploads',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: INCOMPLETE_DAYS },
    },
  ]
}

async function allowPages(s3: S3Client, origins: string[]): Promise<void> {
  const CORSRules = listPageRules(origins).map(({ methods, origins }) => ({
    AllowedMethods: methods,
    AllowedOrigins: origins,
    ExposeHeaders: EXPOSED_HEADERS,
  }))
  await s3.send(new PutBucketCorsCommand({ Bucket: TRANSFERS, CORSConfiguration: { CORSRules } }))
  s3.destroy()
}
