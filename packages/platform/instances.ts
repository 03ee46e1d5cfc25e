/**
 * How many instances of a function may run at once. The infrastructure reserves and enforces it, and without Redis each
 * instance grants its share of a limit: were there more, they would grant more than the limit together.
 */
export const INSTANCES_MAX = {
  /** Each holds up to four database connections. */
  api: 10,
  /** Many workers gain nothing: the limits on DNS are shared. */
  worker: 5,
} as const
