import type { Clock } from '#platform/clock'
import type { AppError, ErrorCode } from '#platform/errors'
import type { Log } from '#platform/log'
import type { ApiKey } from '#keys/verify-key'

/** What a request carries from the outer layers to the handler. */
export interface ApiEnv {
  /** What the event tells besides the request; absent where the app is called directly. */
  Bindings: {
    /** The address that the gateway saw. */
    sourceIp?: string
    /** Why the event is no request that a route could answer. */
    refusal?: AppError
  }
  Variables: {
    requestId: string
    log: Log
    clock: Clock
    /** Set at the door, where the path asks for one. */
    key: ApiKey
    /** Set when the request failed. */
    errorCode: ErrorCode
  }
}
