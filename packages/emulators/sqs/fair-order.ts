/**
 * Chooses the tenant whose message a queue delivers next, as SQS's fair queues do: a tenant that keeps more than its
 * share of the consumers busy is a noisy neighbour, and waits while a quiet one has messages. The numbers come from
 * "How Amazon SQS fair queues work" in the SQS Developer Guide. Pure.
 */

/** A tenant's (message group's) use of the queue's consumers. */
export interface Tenant {
  group: string
  /** Number of received messages that are neither deleted nor visible again. */
  inFlight: number
  /** Recent time of consumers. */
  busyMs: number
}

/** A tenant with a larger share is noisy. */
const SHARE_MAX = 0.1
/** Fewer messages in flight are not significant; the time that they take still is. */
const IN_FLIGHT_MIN = 30

/** `all` have messages in the queue, or had some recently. */
export function findNoisy(all: readonly Tenant[]): Set<string> {
  const inFlight = all.reduce((sum, tenant) => sum + tenant.inFlight, 0)
  const busyMs = all.reduce((sum, tenant) => sum + tenant.busyMs, 0)
  const isNoisy = (tenant: Tenant) =>
    (tenant.inFlight >= IN_FLIGHT_MIN && tenant.inFlight > SHARE_MAX * inFlight) || tenant.busyMs > SHARE_MAX * busyMs
  return new Set(all.filter(isNoisy).map(({ group }) => group))
}

/** Prefers quiet tenants in the order of `waiting`; among noisy ones, the one with the fewest messages in flight. */
export function chooseTenant(waiting: readonly Tenant[], all: readonly Tenant[]): string | undefined {
  const noisy = findNoisy(all)
  const quiet = waiting.find(({ group }) => !noisy.has(group))
  if (quiet) return quiet.group
  return waiting.toSorted((one, other) => one.inFlight - other.inFlight)[0]?.group
}
