import { lifecycleRules } from './lifecycle.ts'
import { isProduction } from './stage.ts'

export type Storage = ReturnType<typeof createStorage>

/** The bucket of the backups: encrypted with its own key, versioned, private, TLS only. */
export function createStorage() {
  const key = new aws.kms.Key(
    'BackupsKey',
    { description: 'Encrypts the backups', enableKeyRotation: true, deletionWindowInDays: 30 },
    // SST retains buckets and databases but not keys: a kept backup without its key is lost
    { retainOnDelete: isProduction, protect: isProduction },
  )
  const bucket = new sst.aws.Bucket('Backups', {
    versioning: true,
    cors: false,
    lifecycle: [{ id: 'replaced-by-transform' }],
    transform: {
      bucket: (args) => {
        args.forceDestroy = false
      },
      lifecycle: (args) => {
        args.rules = lifecycleRules()
      },
    },
  })
  new aws.s3.BucketServerSideEncryptionConfiguration('BackupsEncryption', {
    bucket: bucket.name,
    rules: [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key.arn },
        bucketKeyEnabled: true,
      },
    ],
  })
  return { bucket, key }
}
