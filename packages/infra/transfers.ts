import { INCOMPLETE_DAYS, TRANSFER_RULES } from '#deployment/transfers'

type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule

export type Transfers = ReturnType<typeof createTransfers>

/**
 * Creates the bucket for uploads and exports: private and TLS only, apart from the backups, which nothing may delete. S3
 * encrypts it with its own key, so that a signed request needs no right to one. Its files expire within days, so it is
 * not versioned.
 */
export function createTransfers() {
  return new sst.aws.Bucket('Transfers', {
    cors: false,
    lifecycle: [{ id: 'replaced-by-transform' }],
    transform: {
      lifecycle: (args) => {
        args.rules = toAwsRules()
      },
    },
  })
}

function toAwsRules(): Rule[] {
  return [
    ...TRANSFER_RULES.map(({ id, prefix, days }): Rule => ({
      id,
      status: 'Enabled',
      filter: { prefix },
      expiration: { days },
    })),
    {
      id: 'abort-incomplete-uploads',
      status: 'Enabled',
      filter: { prefix: '' },
      abortIncompleteMultipartUpload: { daysAfterInitiation: INCOMPLETE_DAYS },
    },
  ]
}
