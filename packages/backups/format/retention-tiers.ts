/**
 * How long a backup lives once its tier is written on it. The bucket's lifecycle rules and the planner read this one
 * table. An object without the tag never expires: a backup is tagged only when a newer one is proven.
 */
export const RETENTION_TAG_KEY = 'retention'

/** From the shortest life to the longest. */
export const TIERS = ['daily', 'weekly', 'monthly'] as const
export type Tier = (typeof TIERS)[number]

export interface RetentionTier {
  tier: Tier
  /** The object tag that the lifecycle rule matches. */
  tag: { key: string; value: string }
  /** Whole days after the object's creation; S3 rounds up to the next midnight UTC. */
  days: number
}

export const RETENTION = [
  { tier: 'daily', tag: { key: RETENTION_TAG_KEY, value: 'daily' }, days: 30 },
  { tier: 'weekly', tag: { key: RETENTION_TAG_KEY, value: 'weekly' }, days: 84 },
  { tier: 'monthly', tag: { key: RETENTION_TAG_KEY, value: 'monthly' }, days: 365 },
] as const satisfies readonly RetentionTier[]

/** An upload that was never completed is garbage after this many days, whatever its tags. */
export const INCOMPLETE_UPLOAD_DAYS = 1

/** Expiry and deletion only hide an object of a versioned bucket: for this many days it can be brought back. */
export const NONCURRENT_VERSION_DAYS = 7

/** How long a restore can be regretted: the backup that it took for safety is pinned for as many days at least. */
export const SAFETY_PIN_DAYS = 30

const DAY_MS = 86_400_000

/** When S3 removes an object of the tier that was made at that time: the days are rounded up to a midnight UTC. */
export function expiryOf(tier: Tier, createdAt: Date): Date {
  const days = RETENTION.find((entry) => entry.tier === tier)?.days ?? Infinity
  return new Date((Math.floor(createdAt.getTime() / DAY_MS) + days + 1) * DAY_MS)
}

/** The one that keeps a backup for longer; undefined keeps it for as long as nobody tags it. */
export function longerTier(one: Tier | undefined, other: Tier | undefined): Tier | undefined {
  return TIERS.findLast((tier) => tier === one || tier === other)
}
