import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/** How long a bucket may stay silent. */
const IDLE_MS = 60_000
const CONNECT_MS = 5_000
/** A throttled bucket needs retries: six of them wait for about ten seconds before a dump gives up. */
const ATTEMPTS = 6

export interface S3Clients {
  /** Waits this long for a response to begin. */
  s3: S3Client
  /** Aborts a request in which no byte moves; a part on a slow line may take as long as it needs. */
  uploader: S3Client
  idleMs: number
}

/** S3 clients with request timeouts, in the pair that `createObjectStore` needs. */
export function createS3Clients(
  config: S3ClientConfig = {},
  { idleMs = IDLE_MS, attempts = ATTEMPTS } = {},
): S3Clients {
  const all = { maxAttempts: attempts, ...config }
  const connectionTimeout = CONNECT_MS
  const untilAnswer = { connectionTimeout, requestTimeout: idleMs, throwOnRequestTimeout: true }
  return {
    s3: new S3Client({ ...all, requestHandler: untilAnswer }),
    uploader: new S3Client({ ...all, requestHandler: { connectionTimeout, socketTimeout: idleMs } }),
    idleMs,
  }
}
