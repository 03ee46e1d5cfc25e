import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/** How long a bucket may keep silent. */
const IDLE_MS = 60_000
const CONNECT_MS = 5_000
/** A bucket that throttles asks for patience: with it, a dump waits for some ten seconds before it gives up. */
const ATTEMPTS = 6

export interface S3Clients {
  /** Waits so long for an answer to begin. */
  s3: S3Client
  /** Gives a request up in which nothing moves: a part on a slow line may take as long as it needs. */
  uploader: S3Client
  idleMs: number
}

/** Clients that wait for nobody for ever, each as `createObjectStore` needs it. */
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
