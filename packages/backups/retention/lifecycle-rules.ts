import type { LifecycleRule } from '@aws-sdk/client-s3'
import {
  INCOMPLETE_UPLOAD_DAYS,
  NONCURRENT_VERSION_DAYS,
  RETENTION,
  RETENTION_TAG_KEY,
  type Tier,
} from '#backups/format/retention-tiers'

/** Whole days, from the tiers' table or shorter ones for a trial. */
interface LifecycleDays extends Record<Tier, number> {
  incompleteUpload: number
  noncurrentVersion: number
}

const LIFECYCLE_DAYS: LifecycleDays = {
  ...(Object.fromEntries(RETENTION.map(({ tier, days }) => [tier, days])) as Record<Tier, number>),
  incompleteUpload: INCOMPLETE_UPLOAD_DAYS,
  noncurrentVersion: NONCURRENT_VERSION_DAYS,
}

/** Builds the bucket's lifecycle rules for the S3 API, for a bucket that no infrastructure code sets up. */
export function buildLifecycleRules(days: LifecycleDays = LIFECYCLE_DAYS): LifecycleRule[] {
  return [
    ...RETENTION.map(({ tier }): LifecycleRule => ({
      ID: `expire-${tier}`,
      Status: 'Enabled',
      Filter: { Tag: { Key: RETENTION_TAG_KEY, Value: tier } },
      Expiration: { Days: days[tier] },
    })),
    {
      ID: 'abort-incomplete-uploads',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: days.incompleteUpload },
    },
    {
      ID: 'remove-expired-versions',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      NoncurrentVersionExpiration: { NoncurrentDays: days.noncurrentVersion },
      Expiration: { ExpiredObjectDeleteMarker: true },
    },
  ]
}
