/**
 * Every failure that leaves Hunter is an `AppError` with one of the codes below. Codes are an API: they are
 * documented, tested and never reused. Only `api/` turns a kind into an HTTP status and only `cli/` into an exit
 * status.
 */
export type ErrorKind =
  | 'invalid' // the caller's input is wrong
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'limited'
  | 'unavailable' // a dependency does not answer; trying again may help
  | 'damaged' // stored data differs from what was written
  | 'internal'

/** The kind of each code; `error-texts.ts` has the texts. */
export const ERROR_KINDS = {
  DOMAIN_INVALID: 'invalid',
  VALIDATION_FAILED: 'invalid',
  REQUEST_UNREADABLE: 'invalid',
  BODY_NOT_JSON: 'invalid',
  BODY_TYPE_UNSUPPORTED: 'invalid',
  PRECONDITION_UNSUPPORTED: 'conflict',
  BODY_TOO_LARGE: 'too-large',
  EXPORT_TOO_LARGE: 'too-large',
  CSV_INVALID: 'invalid',
  LIST_EMPTY: 'invalid',
  ENCODING_WRONG: 'invalid',
  FILE_FORMAT_UNSUPPORTED: 'invalid',
  FILE_DAMAGED: 'invalid',
  FILE_TOO_LARGE: 'invalid',
  UPLOAD_NOT_FOUND: 'not-found',
  UPLOAD_EXPIRED: 'not-found',
  UPLOAD_CHANGED: 'conflict',
  USAGE: 'invalid',
  SETTING_INVALID: 'invalid',
  FILE_UNUSABLE: 'invalid',
  KEY_MISSING: 'unauthenticated',
  KEYS_SEVERAL: 'invalid',
  KEY_INVALID: 'unauthenticated',
  KEY_NOT_FOUND: 'not-found',
  KEY_NOT_ACTIVE: 'conflict',
  KEY_IN_GRACE: 'conflict',
  KEY_LAST_ADMIN: 'conflict',
  KEY_EXISTS: 'conflict',
  SESSION_EXPIRED: 'unauthenticated',
  SESSION_NOT_FOUND: 'not-found',
  CSRF_REFUSED: 'forbidden',
  WEBHOOK_NOT_FOUND: 'not-found',
  WEBHOOK_REVOKED: 'conflict',
  WEBHOOK_IN_GRACE: 'conflict',
  SIGNATURE_MISSING: 'unauthenticated',
  SIGNATURE_STALE: 'unauthenticated',
  SIGNATURE_INVALID: 'unauthenticated',
  DELIVERY_ID_REUSED: 'conflict',
  SCOPE_MISSING: 'forbidden',
  RATE_LIMITED: 'limited',
  OPEN_DOMAINS_LIMIT: 'limited',
  SCANS_BUSY: 'unavailable',
  ROUTE_NOT_FOUND: 'not-found',
  GONE: 'not-found',
  PAGE_NOT_BUILT: 'not-found',
  METHOD_NOT_ALLOWED: 'invalid',
  IDEMPOTENCY_KEY_REUSED: 'conflict',
  IDEMPOTENCY_IN_FLIGHT: 'conflict',
  NOT_READY: 'unavailable',
  LEAD_NOT_FOUND: 'not-found',
  LEAD_ERASED: 'conflict',
  ERASURES_NOT_APPLIED: 'conflict',
  OVERRIDE_NOT_FOUND: 'not-found',
  CHANNEL_NOT_FOUND: 'not-found',
  CHANNEL_AMBIGUOUS: 'conflict',
  CHANNEL_INACTIVE: 'conflict',
  CHANNELS_MAX: 'conflict',
  UNSUBSCRIBE_LINK_INVALID: 'not-found',
  DELIVERY_NOT_FOUND: 'not-found',
  PARTNER_NOT_CONNECTED: 'conflict',
  PARTNER_SIGN_IN_EXPIRED: 'conflict',
  PARTNER_CENTER_REFUSED: 'conflict',
  PARTNER_CENTER_UNAVAILABLE: 'unavailable',
  JOB_NOT_FOUND: 'not-found',
  IMPORT_NOT_FOUND: 'not-found',
  IMPORT_RUNNING: 'conflict',
  IMPORT_STALLED: 'unavailable',
  DNS_UNANSWERED: 'unavailable',
  BATCH_FAILED: 'unavailable',
  DATABASE_UNAVAILABLE: 'unavailable',
  TRANSACTION_POOLER: 'invalid',
  DATABASE_REFUSED: 'forbidden',
  DATABASE_BUSY: 'unavailable',
  QUEUE_UNAVAILABLE: 'unavailable',
  REDIS_UNAVAILABLE: 'unavailable',
  CONFIG_UNAVAILABLE: 'unavailable',
  HOST_UNREACHABLE: 'unavailable',
  PORT_UNAVAILABLE: 'conflict',
  SYSTEM_EXHAUSTED: 'unavailable',
  STACK_NOT_RUNNING: 'unavailable',
  PART_FAILED: 'unavailable',
  MIGRATION_CHANGED: 'conflict',
  MIGRATION_FAILED: 'internal',
  MIGRATION_INVALID: 'invalid',
  MIGRATION_NAME_INVALID: 'invalid',
  MIGRATION_NOT_FOUND: 'not-found',
  MIGRATION_RUNNING: 'conflict',
  SCHEMA_DRIFTED: 'damaged',
  SCRATCH_REFUSED: 'forbidden',
  DATABASE_AHEAD: 'conflict',
  DATABASE_NOT_EMPTY: 'conflict',
  CLOCK_SKEWED: 'conflict',
  SOURCE_CHANGED: 'conflict',
  SOURCE_INVALID: 'invalid',
  SOURCE_DAMAGED: 'damaged',
  BACKUP_NOT_FOUND: 'not-found',
  BACKUP_ID_INVALID: 'invalid',
  BACKUP_RUNNING: 'conflict',
  BACKUP_FAILED: 'unavailable',
  BACKUP_DAMAGED: 'damaged',
  BACKUP_PROTECTED: 'conflict',
  BACKUP_UNPROVEN: 'damaged',
  BACKUP_UNSUPPORTED: 'invalid',
  BACKUP_KEY_INVALID: 'invalid',
  STORAGE_UNAVAILABLE: 'unavailable',
  PROOF_PLACE_MISSING: 'unavailable',
  PROOF_PLACE_FAILED: 'unavailable',
  PROOF_TIMED_OUT: 'unavailable',
  SNAPSHOT_FAILED: 'unavailable',
  RECONCILE_FAILED: 'unavailable',
  RESTORE_FAILED: 'internal',
  RESTORE_TARGET_IN_USE: 'conflict',
  KEPT_NOT_FOUND: 'not-found',
  TABLE_NOT_FOUND: 'not-found',
  INTERNAL: 'internal',
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof ERROR_KINDS

interface AppErrorOptions {
  /** Public facts that help the caller (field names, limits). Never secrets. */
  details?: Record<string, unknown>
  /** The internal cause: logged, never shown over HTTP. */
  cause?: unknown
}

export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, unknown> | undefined

  /** `message` is public. */
  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details
  }

  get kind(): ErrorKind {
    return ERROR_KINDS[this.code]
  }
}

/** Returns the message of anything thrown, without a stack. */
/**
 * Returns the error without the failed queries among its causes: they repeat their parameters, which are data. For logs and
 * reports.
 */
export function hideQueries(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown
  const cause = hideQueries(thrown.cause)
  if ('query' in thrown && 'params' in thrown) return cause ?? new Error('a query failed')
  return cause === thrown.cause ? thrown : Object.create(thrown, { cause: { value: cause } })
}

export function getErrorMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
