import type { Clock } from '#platform/clock'
import type { ErrorCode } from '#platform/errors'
import type { Log } from '#platform/log'
import type { ApiKey } from '#api/keys'

/** What a request carries from the outer layers to the handler. */
export interface ApiEnv {
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
