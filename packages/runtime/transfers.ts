/** The linked bucket for files that are too large for a request or an answer. The first such file loads it. */
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { findResource } from '#runtime/resources'
import { createS3Clients } from '#runtime/s3-client'
import type { TransferBucket } from '#transfers/bucket'

/** A caller waits meanwhile. */
const LIMITS = { idleMs: 10_000, attempts: 3 }

/** @throws AppError STORAGE_UNAVAILABLE when no bucket is linked */
export function createTransferBucket(clock: Clock): TransferBucket {
  const link = findResource('Transfers')
  if (!link) throw new AppError('STORAGE_UNAVAILABLE', 'this service has no bucket for large files')
  const { s3, uploader } = createS3Clients({}, LIMITS)
  return { name: link.name, s3, uploader, endpoint: process.env['AWS_ENDPOINT_URL_S3'], clock }
}
