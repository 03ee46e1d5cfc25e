/** The bucket for files that are too large for a request or an answer. The infrastructure and the local stack create it from this table. */

export const TRANSFERS = {
  /** Lists that callers upload: a job may still read one a day later. */
  uploads: { prefix: 'uploads/', days: 2 },
  /** Files that callers download at once: S3 deletes them at the first midnight UTC that is a day later. */
  exports: { prefix: 'exports/', days: 1 },
} as const

/** Parts of an upload that never ended. */
export const INCOMPLETE_DAYS = 1

/** Lifecycle rules of the bucket, in words that both the infrastructure and the local S3 translate. */
export const TRANSFER_RULES = Object.entries(TRANSFERS).map(([name, { prefix, days }]) => ({
  id: `expire-${name}`,
  prefix,
  days,
}))
