import type { Clock } from '#platform/clock'
import type { ErrorCode } from '#platform/errors'
import type { Log } from '#platform/log'
import type { ApiKey } from '#api/keys'

/** What a request carries from the outer layers to the handler. */
export interface ApiEnv {
  /** What the gateway handed in; absent where the app is called directly. */
  Bindings: { event?: { requestContext?: { http?: { sourceIp?: string } } } }
  Variables: {
    requestId: string
    log: Log
    clock: Clock
    /** Set by `needs`. */
    key: ApiKey
    /** Set when the request failed. */
    errorCode: ErrorCode
  }
}
