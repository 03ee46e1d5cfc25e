import { EXPOSED_HEADERS, INCOMPLETE_DAYS, listPageRules, TRANSFER_RULES } from '#deployment/transfers'

type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule

export type Transfers = ReturnType<typeof createTransfers>

/**
 * Creates the bucket for uploads and exports: private and TLS only, apart from the backups, which nothing may delete. S3
 * encrypts it with its own key, so that a signed request needs no right to one. Its files expire within days, so it is
 * not versioned.
 */
export function createTransfers() {
  return new sst.aws.Bucket('Transfers', {
    // the API's address comes later: allowPages
    cors: false,
    lifecycle: [{ id: 'replaced-by-transform' }],
    transform: {
      lifecycle: (args) => {
        args.rules = toAwsRules()
      },
    },
  })
}

/** HUNTER_CORS_ORIGINS, set while deploying: pages that may call the API may also send it files. */
export const CORS_ORIGINS = process.env['HUNTER_CORS_ORIGINS'] ?? ''

/** `apiUrl` is the origin of the API's own pages. */
export function allowPages(bucket: Transfers, apiUrl: $util.Output<string>): void {
  const others = CORS_ORIGINS.split(',').map((origin) => origin.trim())
  const corsRules = apiUrl.apply((url) =>
    listPageRules([new URL(url).origin, ...others.filter(Boolean)]).map(({ methods, origins }) => ({
      allowedMethods: methods,
      allowedOrigins: origins,
      exposeHeaders: EXPOSED_HEADERS,
    })),
  )
  new aws.s3.BucketCorsConfiguration('TransfersCors', { bucket: bucket.name, corsRules })
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
