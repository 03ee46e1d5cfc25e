/** Plans what lifecycle rules do at a given time. Pure: other code carries it out. */
import { type LifecycleRule, matchesFilter } from '#emulators/s3/lifecycle-rules'
import type { Upload, Version } from '#emulators/s3/model'

export type LifecycleAction =
  | { kind: 'expire'; rule: string; version: Version } // Removes a current version, or puts a delete marker on it.
  | { kind: 'erase'; rule: string; version: Version } // Removes a noncurrent version or a lone delete marker for good.
  | { kind: 'abort'; rule: string; uploadId: string; key: string }

const DAY_MS = 86_400_000

/** S3 adds the days to the time and rounds up to the next midnight UTC. */
export function computeDueDate(since: string, days: number): Date {
  return new Date((Math.floor(new Date(since).getTime() / DAY_MS) + days + 1) * DAY_MS)
}

/** Returns when a current version expires, and by which rule: the earliest one that applies. */
export function computeExpiry(
  rules: readonly LifecycleRule[],
  version: Version,
): { at: Date; rule: string } | undefined {
  if (version.deleteMarker) return undefined
  const dates = rules
    .filter((rule) => rule.enabled && matchesFilter(rule.filter, version))
    .map((rule) => ({ at: expirationDate(rule, version), rule: rule.id }))
    .filter((entry): entry is { at: Date; rule: string } => entry.at !== undefined)
  return dates.sort((left, right) => left.at.getTime() - right.at.getTime())[0]
}

/** Plans each action once, even when several rules apply. `versionsOfKeys`: newest first for each key. */
export function planLifecycle(
  rules: readonly LifecycleRule[],
  content: { versionsOfKeys: Iterable<readonly Version[]>; uploads: Iterable<Upload> },
  now: Date,
): LifecycleAction[] {
  const enabled = rules.filter((rule) => rule.enabled)
  const actions: LifecycleAction[] = []
  for (const versions of content.versionsOfKeys) actions.push(...planKey(enabled, versions, now))
  for (const upload of content.uploads) actions.push(...planUpload(enabled, upload, now))
  return actions
}

function planKey(rules: readonly LifecycleRule[], versions: readonly Version[], now: Date): LifecycleAction[] {
  const [current, ...noncurrent] = versions
  const expired = current && planCurrent(rules, current, noncurrent.length === 0, now)
  const erased = noncurrent.flatMap((version, index) => {
    // A version is noncurrent since the next one was made.
    const since = versions[index]!.lastModified
    const rule = rules.find((rule) => erasesNoncurrent(rule, version, { since, newer: index }, now))
    return rule ? [{ kind: 'erase' as const, rule: rule.id, version }] : []
  })
  return [...(expired ? [expired] : []), ...erased]
}

function planCurrent(
  rules: readonly LifecycleRule[],
  current: Version,
  alone: boolean,
  now: Date,
): LifecycleAction | undefined {
  if (current.deleteMarker) {
    const rule = alone && rules.find((rule) => erasesMarker(rule, current, now))
    return rule ? { kind: 'erase', rule: rule.id, version: current } : undefined
  }
  const expiry = computeExpiry(rules, current)
  return expiry && expiry.at <= now ? { kind: 'expire', rule: expiry.rule, version: current } : undefined
}

/** A delete marker without versions below it expires at once where the rule says so, otherwise at the rule's age. */
function erasesMarker(rule: LifecycleRule, marker: Version, now: Date): boolean {
  if (!matchesFilter(rule.filter, marker)) return false
  const at = expirationDate(rule, marker)
  return rule.expiredObjectDeleteMarker || (at !== undefined && at <= now)
}

function erasesNoncurrent(
  rule: LifecycleRule,
  version: Version,
  { since, newer }: { since: string; newer: number },
  now: Date,
): boolean {
  if (!rule.noncurrent || !matchesFilter(rule.filter, version)) return false
  return newer >= rule.noncurrent.newerVersionsKept && computeDueDate(since, rule.noncurrent.days) <= now
}

function planUpload(rules: readonly LifecycleRule[], upload: Upload, now: Date): LifecycleAction[] {
  const rule = rules.find(
    ({ abortUploadsAfterDays: days, filter }) =>
      days !== undefined && upload.key.startsWith(filter.prefix) && computeDueDate(upload.initiated, days) <= now,
  )
  return rule ? [{ kind: 'abort', rule: rule.id, uploadId: upload.uploadId, key: upload.key }] : []
}

function expirationDate({ expiration }: LifecycleRule, version: Version): Date | undefined {
  if (!expiration) return undefined
  return 'date' in expiration ? expiration.date : computeDueDate(version.lastModified, expiration.days)
}
