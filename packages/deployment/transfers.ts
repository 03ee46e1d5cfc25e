/** The bucket for files that are too large for a request or an answer. The infrastructure and the local stack create it from this table. */

export const TRANSFERS = {
  /** Lists that callers upload: a job may still read one a day later. */
  uploads: { prefix: 'uploads/', days: 2 },
  /** Files that callers download at once: S3 deletes them at the first midnight UTC that is a day later. */
  exports: { prefix: 'exports/', days: 1 },
} as const

/** Parts of an upload that never ended. */
export const INCOMPLETE_DAYS = 1

/**
 * What pages may do in the bucket: those of the API and of its list of origins send forms, and any page that has a signed
 * address reads it. A browser that follows the API's redirect there names no origin, so no list could allow it.
 */
export function listPageRules(origins: string[]): { methods: ('GET' | 'POST')[]; origins: string[] }[] {
  return [
    { methods: ['GET'], origins: ['*'] },
    { methods: ['POST'], origins },
  ]
}

/** What a page may read of an answer beyond its body. */
export const EXPOSED_HEADERS = ['Content-Disposition', 'Content-Length', 'ETag']

/** Lifecycle rules of the bucket, in words that both the infrastructure and the local S3 translate. */
export const TRANSFER_RULES = Object.entries(TRANSFERS).map(([name, { prefix, days }]) => ({
  id: `expire-${name}`,
  prefix,
  days,
}))
