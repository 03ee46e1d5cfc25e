/** What the functions Deliver and Digest measure. The counts of messages are in `metric-table.ts`. */
export const ALERT_METRICS = {
  namespace: 'Hunter/Alerts',
  /** How long the oldest message has been due that nothing keeps from being sent. */
  oldest: 'OldestDueSeconds',
  /** Digests that were put into the outbox. */
  digests: 'DigestsQueued',
  /** How late the latest digest is that is not sent although its channel works. */
  digestDelay: 'DigestDelaySeconds',
} as const

/** The alarm rings, and the API's health says so, when an alert has been due for longer. */
export const ALERTS_DUE_SECONDS_MAX = 15 * 60
