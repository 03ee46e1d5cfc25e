/**
 * How many instances of a function may run at once. The infrastructure enforces it, by reserving where the account has room
 * for that, and without Redis each instance grants its share of a limit: were there more, they would grant more than the
 * limit together.
 */
export const INSTANCES_MAX = {
  /** Each holds up to four database connections. */
  api: 10,
  /** Many workers gain nothing: the limits on DNS are shared. */
  worker: 5,
} as const

/** AWS reserves nothing that would leave fewer for the functions of an account that reserve none. */
const UNRESERVED_MIN = 100

interface InstancePlan {
  /** Undefined: the account is too small for it. */
  reserved: typeof INSTANCES_MAX | undefined
  /** How many of the API may run at once. */
  api: number
}

/**
 * `account`: how many instances of all functions AWS lets the account run at once in its region; a new one 10, most 1,000.
 * Where nothing can be reserved, that number alone bounds the API; the workers are always bounded by what polls their queue.
 */
export function planInstances(account: number): InstancePlan {
  const { api, worker } = INSTANCES_MAX
  const hasRoom = account >= UNRESERVED_MIN + api + worker
  return hasRoom ? { reserved: INSTANCES_MAX, api } : { reserved: undefined, api: account }
}
