/** The rights of the functions, one by one. No function may delete an object of a backup. */
import { SOURCE_TAG } from '#backups/snapshots/start'
import { TRANSFERS } from '#deployment/transfers'
import type { Database } from './database.ts'
import type { Mail } from './mail.ts'
import type { Storage } from './storage.ts'
import type { Transfers } from './transfers.ts'

type Permission = sst.aws.FunctionPermissionArgs

export const sendToQueue = (queue: sst.aws.Queue): Permission => ({
  actions: ['sqs:SendMessage'],
  resources: [queue.arn],
})

export const readQueueState = (queue: sst.aws.Queue): Permission => ({
  actions: ['sqs:GetQueueAttributes'],
  resources: [queue.arn],
})

/** Receives and deletes dead letters, to queue them again. */
export const drainQueue = (queue: sst.aws.Queue): Permission => ({
  actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
  resources: [queue.arn],
})

/** Lambda's own poller needs these rights; the worker uses them to make a message visible sooner. */
export const consumeQueue = (queue: sst.aws.Queue): Permission => ({
  actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
  resources: [queue.arn],
})

export const listBackups = ({ bucket }: Storage): Permission => ({
  actions: ['s3:ListBucket'],
  resources: [bucket.arn],
})

/** Writes objects with these names in any backup. Writing a name again hides the older version and keeps it. */
export const putObjects = ({ bucket, key }: Storage, fileNames: readonly string[]): Permission[] => [
  { actions: ['s3:PutObject'], resources: objectsNamed(bucket, fileNames) },
  { actions: ['kms:GenerateDataKey'], resources: [key.arn] },
]

/** Writes the same objects in parts: completing an upload reads its key back, and a failed upload is aborted. */
export const uploadObjects = ({ bucket, key }: Storage, fileNames: readonly string[]): Permission[] => [
  {
    actions: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    resources: objectsNamed(bucket, fileNames),
  },
  { actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [key.arn] },
]

const objectsNamed = (bucket: sst.aws.Bucket, fileNames: readonly string[]) =>
  fileNames.map((fileName) => $interpolate`${bucket.arn}/*/${fileName}`)

export const readBackups = ({ bucket, key }: Storage): Permission[] => [
  { actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: [$interpolate`${bucket.arn}/*`] },
  { actions: ['kms:Decrypt'], resources: [key.arn] },
]

/** Reads manifests, proofs and other records of backups, but not their data. */
export const readReports = ({ bucket, key }: Storage, fileNames: readonly string[]): Permission[] => [
  { actions: ['s3:GetObject'], resources: objectsNamed(bucket, fileNames) },
  { actions: ['kms:Decrypt'], resources: [key.arn] },
]

/** Reads when backups expire. */
export const readBackupTags = ({ bucket }: Storage): Permission => ({
  actions: ['s3:GetObjectTagging'],
  resources: [$interpolate`${bucket.arn}/*`],
})

/**
 * Signs requests that upload a list and that download an export, writes exports in parts, and reads lists. A signed
 * request can do what its signer may. S3 says that an object is missing only to those who may list the bucket.
 */
export const transferFiles = (bucket: Transfers): Permission[] => [
  { actions: ['s3:ListBucket'], resources: [bucket.arn] },
  { actions: ['s3:PutObject', 's3:GetObject'], resources: objectsBelow(bucket, ['uploads', 'exports']) },
  { actions: ['s3:AbortMultipartUpload'], resources: objectsBelow(bucket, ['exports']) },
]

/** Reads the lists that callers uploaded. */
export const readUploads = (bucket: Transfers): Permission[] => [
  { actions: ['s3:ListBucket'], resources: [bucket.arn] },
  { actions: ['s3:GetObject'], resources: objectsBelow(bucket, ['uploads']) },
]

const objectsBelow = (bucket: Transfers, names: readonly (keyof typeof TRANSFERS)[]) =>
  names.map((name) => $interpolate`${bucket.arn}/${TRANSFERS[name].prefix}*`)

/** Tags decide what may expire, so this right decides how long a backup lives. */
export const tagBackups = ({ bucket }: Storage): Permission => ({
  actions: ['s3:GetObjectTagging', 's3:PutObjectTagging'],
  resources: [$interpolate`${bucket.arn}/*`],
})

/** Aborts uploads that never became an object. */
export const abortUploads = ({ bucket }: Storage): Permission[] => [
  { actions: ['s3:ListBucketMultipartUploads'], resources: [bucket.arn] },
  { actions: ['s3:AbortMultipartUpload'], resources: [$interpolate`${bucket.arn}/*`] },
]

/**
 * Reads every parameter below the path, decrypted with the account's default key for parameters or one chosen for them.
 */
export const readParameters = (path: string): Permission[] => {
  const { partition } = aws.getPartitionOutput()
  const { region } = aws.getRegionOutput()
  const { accountId } = aws.getCallerIdentityOutput()
  const folder = $interpolate`arn:${partition}:ssm:${region}:${accountId}:parameter${path}`
  const below = $interpolate`${folder}/*`
  return [
    { actions: ['ssm:GetParametersByPath'], resources: [folder, below] },
    {
      actions: ['kms:Decrypt'],
      resources: [$interpolate`arn:${partition}:kms:${region}:${accountId}:key/*`],
      conditions: [
        { test: 'StringEquals', variable: 'kms:ViaService', values: [$interpolate`ssm.${region}.amazonaws.com`] },
        { test: 'StringLike', variable: 'kms:EncryptionContext:PARAMETER_ARN', values: [below] },
      ],
    },
  ]
}

/** Sends mail from the addresses and domains that the account has verified, which SES reports on through the set. */
export const sendMail = ({ set }: Mail): Permission => {
  const { partition } = aws.getPartitionOutput()
  const { region } = aws.getRegionOutput()
  const { accountId } = aws.getCallerIdentityOutput()
  return {
    actions: ['ses:SendEmail'],
    resources: [$interpolate`arn:${partition}:ses:${region}:${accountId}:identity/*`, set.arn],
  }
}

export const snapshotDatabase = (database: Database): Permission => ({
  actions: ['rds:CreateDBClusterSnapshot', 'rds:AddTagsToResource'],
  resources: [database.clusterArn, snapshotsArn(database)],
})

/** Lists all snapshots of the cluster, and deletes those that carry our tag. */
export const pruneSnapshots = (database: Database, source: string): Permission[] => [
  {
    actions: ['rds:DescribeDBClusterSnapshots', 'rds:ListTagsForResource'],
    resources: [database.clusterArn, snapshotsArn(database)],
  },
  {
    actions: ['rds:DeleteDBClusterSnapshot'],
    resources: [snapshotsArn(database)],
    conditions: [{ test: 'StringEquals', variable: `aws:ResourceTag/${SOURCE_TAG}`, values: [source] }],
  },
]

/** Any snapshot in the cluster's account and region: `arn:…:rds:<region>:<account>:cluster-snapshot:*`. */
function snapshotsArn(database: Database) {
  return database.clusterArn.apply((arn) => `${arn.split(':').slice(0, 5).join(':')}:cluster-snapshot:*`)
}
