/**
 * Whose message a queue hands out next, as SQS's fair queues choose it: a tenant that keeps more than its part of the
 * consumers busy is a noisy neighbour, and waits while a quiet one has messages. The numbers are those of "How Amazon SQS
 * fair queues work" in the SQS Developer Guide. Pure.
 */

/** What one tenant (message group) has of the queue's consumers. */
export interface Tenant {
  group: string
  /** Its messages that were received and are neither deleted nor visible again. */
  inFlight: number
  /** Of the consumers' recent time. */
  busyMs: number
}

/** A tenant with more than this part of all is noisy. */
const SHARE_MAX = 0.1
/** Fewer messages in flight than that say nothing; the time that they take still does. */
const IN_FLIGHT_MIN = 30

/** `all` have something in the queue, or had it recently. */
export function findNoisy(all: readonly Tenant[]): Set<string> {
  const inFlight = all.reduce((sum, tenant) => sum + tenant.inFlight, 0)
  const busyMs = all.reduce((sum, tenant) => sum + tenant.busyMs, 0)
  const isNoisy = (tenant: Tenant) =>
    (tenant.inFlight >= IN_FLIGHT_MIN && tenant.inFlight > SHARE_MAX * inFlight) || tenant.busyMs > SHARE_MAX * busyMs
  return new Set(all.filter(isNoisy).map(({ group }) => group))
}

/** Quiet tenants first, in the order of `waiting`; among noisy ones, the one with the fewest messages in flight. */
export function chooseTenant(waiting: readonly Tenant[], all: readonly Tenant[]): string | undefined {
  const noisy = findNoisy(all)
  const quiet = waiting.find(({ group }) => !noisy.has(group))
  if (quiet) return quiet.group
  return waiting.toSorted((one, other) => one.inFlight - other.inFlight)[0]?.group
}
