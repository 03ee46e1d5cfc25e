import { RETENTION } from '#backups/format/retention-tiers'
import { toAwsLifecycleRules } from './lifecycle.ts'
import { isProduction } from './stage.ts'

export type Storage = ReturnType<typeof createStorage>

/** Creates the bucket of the backups: encrypted with its own key, versioned, private, TLS only. */
export function createStorage() {
  const key = new aws.kms.Key(
    'BackupsKey',
    { description: 'Encrypts the backups', enableKeyRotation: true, deletionWindowInDays: 30 },
    // SST retains buckets and databases but not keys: a retained backup is lost without its key
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
        args.rules = toAwsLifecycleRules()
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
  const days = lockDays()
  if (days !== undefined) lock(bucket, days)
  return { bucket, key }
}

/**
 * Protects each version from deletion while it is locked, even against administrators: no function has the right to
 * bypass the lock. The lock ends before the shortest retention and must not outlive a removed stage, so its mode is
 * governance, not compliance.
 */
function lock(bucket: sst.aws.Bucket, days: number): void {
  const rule = { defaultRetention: { mode: 'GOVERNANCE', days } }
  new aws.s3.BucketObjectLockConfiguration('BackupsLock', { bucket: bucket.name, rule }, { dependsOn: [bucket] })
}

/** Reads HUNTER_BACKUP_LOCK_DAYS, set while deploying; undefined: no lock. */
function lockDays(): number | undefined {
  const text = process.env['HUNTER_BACKUP_LOCK_DAYS']
  if (!text) return undefined
  const days = Number(text)
  const daysMax = RETENTION[0].days
  if (Number.isInteger(days) && days >= 1 && days <= daysMax) return days
  throw new Error(`HUNTER_BACKUP_LOCK_DAYS must be a whole number from 1 to ${daysMax}, the life of a daily backup`)
}
