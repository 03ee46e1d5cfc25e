/**
 * Owns files that are too large for a request or an answer: a caller uploads a list to a bucket, and downloads an export
 * from it, by requests that are signed for this one file.
 */
import type { S3Client } from '@aws-sdk/client-s3'
import { type Signer } from '#transfers/presign'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

export interface TransferBucket {
  name: string
  s3: S3Client
  /** Client for uploads: it aborts a request without progress. */
  uploader: S3Client
  /** Address of another server than AWS. */
  endpoint?: string | undefined
  clock: Clock
}

/** Address of the bucket as a client reaches it, without a slash at the end. */
export async function findAddress({ name, s3, endpoint }: TransferBucket): Promise<string> {
  const { url } = s3.config.endpointProvider({
    Bucket: name,
    Region: await s3.config.region(),
    Endpoint: endpoint,
    UseFIPS: false,
    UseDualStack: false,
    ForcePathStyle: false,
    Accelerate: false,
  })
  return url.href.replace(/\/$/, '')
}

/** A function's credentials change every few hours; `now` is when the signed request begins to be valid. */
export async function createSigner({ s3 }: TransferBucket, now: Date): Promise<Signer> {
  const [credentials, region] = await Promise.all([s3.config.credentials(), s3.config.region()])
  return { credentials, region, now }
}

/** The cause names roles and addresses, so the message does not. @throws AppError STORAGE_UNAVAILABLE when S3 does not answer or refuses */
export async function talk<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('STORAGE_UNAVAILABLE', 'the bucket for large files does not answer', { cause })
  }
}
