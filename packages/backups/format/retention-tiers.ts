/**
 * Lifetime of a backup by its tier tag. The bucket's lifecycle rules and the planner share this table. An object
 * without the tag never expires: a backup is tagged only after a newer one is proven.
 */
export const RETENTION_TAG_KEY = 'retention'

/** Sorted from the shortest to the longest lifetime. */
export const TIERS = ['daily', 'weekly', 'monthly'] as const
export type Tier = (typeof TIERS)[number]

interface RetentionTier {
  tier: Tier
  /** Object tag that the lifecycle rule matches. */
  tag: { key: string; value: string }
  /** Whole days after the object's creation; S3 rounds up to the next midnight UTC. */
  days: number
}

export const RETENTION = [
  { tier: 'daily', tag: { key: RETENTION_TAG_KEY, value: 'daily' }, days: 30 },
  { tier: 'weekly', tag: { key: RETENTION_TAG_KEY, value: 'weekly' }, days: 84 },
  { tier: 'monthly', tag: { key: RETENTION_TAG_KEY, value: 'monthly' }, days: 365 },
] as const satisfies readonly RetentionTier[]

/** Days after which the lifecycle aborts an incomplete upload. */
export const INCOMPLETE_UPLOAD_DAYS = 1

/** Days for which a versioned bucket can bring back an expired or deleted object. */
export const NONCURRENT_VERSION_DAYS = 7

/** Minimum pin of a safety backup: the days within which a user can undo a restore. */
export const SAFETY_PIN_DAYS = 30

const DAY_MS = 86_400_000

/** Returns when S3 expires an object of this tier: its days, rounded up to a midnight UTC. */
export function computeExpiry(tier: Tier, createdAt: Date): Date {
  const days = RETENTION.find((entry) => entry.tier === tier)?.days ?? Infinity
  return new Date((Math.floor(createdAt.getTime() / DAY_MS) + days + 1) * DAY_MS)
}

/** Returns the tier with the longer lifetime; undefined stands for no expiry. */
export function chooseLongerTier(one: Tier | undefined, other: Tier | undefined): Tier | undefined {
  return TIERS.findLast((tier) => tier === one || tier === other)
}
