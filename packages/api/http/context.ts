import type { Clock } from '#platform/clock'
import type { AppError, ErrorCode } from '#platform/errors'
import type { Log } from '#platform/log'
import type { ApiKey } from '#keys/verify-key'

/** Values that middleware passes to the handlers. */
export interface ApiEnv {
  /** Facts about the event beside the request; absent when a test calls the app directly. */
  Bindings: {
    /** Client address as the gateway saw it. */
    sourceIp?: string
    /** Set when the event is no valid request: the error to answer with. */
    refusal?: AppError
  }
  Variables: {
    requestId: string
    /** The caller used the path without `/api/v1`; undefined before the middleware has looked. */
    isLegacyPath: boolean | undefined
    log: Log
    clock: Clock
    /** Set by the authenticator, on routes that need a key. */
    key: ApiKey
    /** Set when the request names a feature that Hunter no longer has. */
    retired: { feature: 'notes' | 'tags' | 'favorites'; successor: string } | undefined
    /** Set when the request failed. */
    errorCode: ErrorCode
  }
}
