import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { LOCAL_CREDENTIALS, startS3Server } from '#emulators/s3/server'
import type { Clock } from '#platform/clock'
import type { TransferBucket } from '#transfers/bucket'

const NAME = 'hunter-transfers'

/** A bucket for what signs and never sends: nothing listens there. */
export function createSigningBucket(clock: Clock, endpoint = 'http://127.0.0.1:9'): TransferBucket {
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials: LOCAL_CREDENTIALS, maxAttempts: 1 })
  return { name: NAME, s3, uploader: s3, endpoint, clock }
}

/** The same on a real S3 server. */
export async function startTransferBucket(
  clock: Clock,
): Promise<{ bucket: TransferBucket; close: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-s3-'))
  const server = await startS3Server({ dir, buckets: [NAME], clock })
  const bucket = createSigningBucket(clock, server.url)
  return {
    bucket,
    close: async () => {
      bucket.s3.destroy()
      await server.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
