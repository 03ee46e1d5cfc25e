import { INCOMPLETE_UPLOAD_DAYS, NONCURRENT_VERSION_DAYS, RETENTION } from '#backups/format/retention-tiers'

type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule

/** Backups expire by tag alone; an untagged backup stays. SST's own lifecycle supports prefixes only. */
export function toAwsLifecycleRules(): Rule[] {
  return [
    ...RETENTION.map(({ tier, tag, days }): Rule => ({
      id: `expire-${tier}`,
      status: 'Enabled',
      filter: { tag: { key: tag.key, value: tag.value } },
      expiration: { days },
    })),
    // S3 refuses these actions in a rule that filters by tag
    {
      id: 'abort-incomplete-uploads',
      status: 'Enabled',
      filter: { prefix: '' },
      abortIncompleteMultipartUpload: { daysAfterInitiation: INCOMPLETE_UPLOAD_DAYS },
    },
    {
      id: 'remove-expired-versions',
      status: 'Enabled',
      filter: { prefix: '' },
      noncurrentVersionExpiration: { noncurrentDays: NONCURRENT_VERSION_DAYS },
      expiration: { expiredObjectDeleteMarker: true },
    },
  ]
}
