/**
 * How many instances of a function may run at once. The infrastructure reserves that many where the account has room.
 * Without Redis each instance grants its share of a limit, so more instances would exceed it together.
 */
export const INSTANCES_MAX = {
  /** Each opens up to four database connections. */
  api: 10,
  /** More workers gain nothing: they share the limits on DNS. */
  worker: 5,
} as const

/** AWS refuses a reservation that would leave the account's other functions fewer than this. */
const UNRESERVED_MIN = 100

interface InstancePlan {
  /** Undefined when the account is too small for a reservation. */
  reserved: typeof INSTANCES_MAX | undefined
  /** How many instances of the API may run at once. */
  api: number
}

/**
 * `account` is the number of instances that AWS lets the account run at once in its region: 10 for a new account, 1,000
 * for most. It alone bounds the API where nothing can be reserved; the poller of the queue always bounds the workers.
 */
export function planInstances(account: number): InstancePlan {
  const { api, worker } = INSTANCES_MAX
  const hasRoom = account >= UNRESERVED_MIN + api + worker
  return hasRoom ? { reserved: INSTANCES_MAX, api } : { reserved: undefined, api: account }
}
