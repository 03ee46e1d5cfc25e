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
  | 'unavailable' // a part that we need does not answer; trying again may help
  | 'damaged' // stored data is not what was written
  | 'internal'

interface ErrorEntry {
  kind: ErrorKind
  /** What the caller can do about it, in one sentence. */
  remedy: string
}

const entry = (kind: ErrorKind, remedy: string): ErrorEntry => ({ kind, remedy })

export const ERRORS = {
  DOMAIN_INVALID: entry(
    'invalid',
    'Send a registrable domain such as acme.com.tr; URLs and e-mail addresses work too.',
  ),
  VALIDATION_FAILED: entry('invalid', 'Mend the fields that error.details lists.'),
  BODY_NOT_JSON: entry('invalid', 'Send a JSON body with content-type application/json.'),
  BODY_TOO_LARGE: entry('too-large', 'Send at most 1 MiB; split the work into several requests.'),
  KEY_MISSING: entry('unauthenticated', 'Send the header "Authorization: Bearer <key>" or "X-API-Key: <key>".'),
  KEY_INVALID: entry('unauthenticated', 'Check the key for typing errors; create another if it was lost.'),
  KEY_NOT_FOUND: entry('not-found', 'Take the id from "hunter keys list" or GET /api/v1/admin/keys.'),
  KEY_NOT_ACTIVE: entry('conflict', 'Create another key: this one was revoked or has expired.'),
  KEY_LAST_ADMIN: entry('conflict', 'Create another key with the scope admin first, or force it.'),
  KEY_EXISTS: entry('conflict', 'Leave out the keys that error.details names: they are here already.'),
  SCOPE_MISSING: entry('forbidden', 'Use a key that has the scope named in error.details.'),
  RATE_LIMITED: entry('limited', 'Wait for the seconds in Retry-After, then try again.'),
  DNS_UNANSWERED: entry('unavailable', 'Retry later; the name servers of this domain may be down.'),
  BATCH_FAILED: entry('unavailable', 'Retry the job; the domain itself is not at fault.'),
  ROUTE_NOT_FOUND: entry('not-found', 'Check the path and the method; every route lives under /api/v1.'),
  METHOD_NOT_ALLOWED: entry('invalid', 'Use one of the methods in the header Allow.'),
  LEAD_NOT_FOUND: entry('not-found', 'Scan the domain first with POST /api/v1/scan/domain.'),
  OVERRIDE_NOT_FOUND: entry('not-found', 'List the overrides with GET /api/v1/admin/provider-overrides.'),
  JOB_NOT_FOUND: entry('not-found', 'Use the job id that POST /api/v1/scan/bulk answered with.'),
  CSV_INVALID: entry('invalid', 'Send a CSV file with a header row and a column named domain.'),
  SETTING_INVALID: entry('invalid', 'Mend the settings named in the message; .env.example lists them all.'),
  USAGE: entry('invalid', 'Run the command with --help to see its arguments.'),
  DATABASE_UNAVAILABLE: entry('unavailable', 'Check that the database runs and that its URL is right.'),
  DATABASE_BUSY: entry('unavailable', 'Try again; if it stays, look for a session that holds a lock for long.'),
  TRANSACTION_POOLER: entry(
    'invalid',
    "Use the server's own port, or the pooler in session mode (Supabase: port 5432; Neon: no -pooler in the host).",
  ),
  STORAGE_UNAVAILABLE: entry('unavailable', 'Check that the bucket or folder of the backups exists and can be used.'),
  QUEUE_UNAVAILABLE: entry('unavailable', 'Try again; if error.details names a job, retry that job.'),
  REDIS_UNAVAILABLE: entry('unavailable', 'Check the Redis URL and token.'),
  STACK_NOT_RUNNING: entry('unavailable', 'Start it in another terminal with npm start.'),
  PART_FAILED: entry('unavailable', 'Read the message of the part that did not start.'),
  IDEMPOTENCY_KEY_REUSED: entry('conflict', 'Send a new Idempotency-Key with each new request.'),
  IDEMPOTENCY_IN_FLIGHT: entry('conflict', 'Wait for the seconds in Retry-After, then send the same request again.'),
  MIGRATION_CHANGED: entry('conflict', 'Restore the migration file that already ran and write a new migration.'),
  MIGRATION_FAILED: entry(
    'internal',
    'Read the cause, mend the migration, and migrate again; docs/runbooks/migrations.md helps.',
  ),
  MIGRATION_INVALID: entry('invalid', 'Mend the file in migrations/ that the message names.'),
  MIGRATION_NOT_FOUND: entry('not-found', 'Take the name from "hunter db status".'),
  MIGRATION_RUNNING: entry('conflict', 'Wait until it ends; if it never does, end its session in the database.'),
  SCHEMA_DRIFTED: entry('damaged', 'Review the SQL that "hunter db drift" prints, and apply it or write a migration.'),
  SCRATCH_REFUSED: entry('forbidden', 'Give the role of the database URL the right CREATEDB.'),
  DATABASE_AHEAD: entry(
    'conflict',
    'Check out the commit that has the newer migrations and run the command from there.',
  ),
  DATABASE_NOT_EMPTY: entry('conflict', 'Choose an empty database, or say that its data may stand beside.'),
  SOURCE_INVALID: entry('invalid', 'Name a source that exists: postgres://… or sqlite:PATH.'),
  SOURCE_DAMAGED: entry('damaged', 'Repair the source itself, or restore its newest verified backup.'),
  BACKUP_NOT_FOUND: entry('not-found', 'List the backups with "hunter backup list".'),
  BACKUP_ID_INVALID: entry('invalid', 'Take the id from "hunter backup list", or write latest.'),
  BACKUP_FAILED: entry('unavailable', 'Nothing was listed as a backup; read the cause and run it again.'),
  BACKUP_DAMAGED: entry('damaged', 'Do not restore it; use an older verified backup.'),
  BACKUP_UNPROVEN: entry('damaged', 'Read the failed check; do not rely on this backup until it is proven.'),
  PROOF_PLACE_MISSING: entry(
    'unavailable',
    'Nothing is said of the backup; prove it on a server: set HUNTER_PROOF_SCRATCH_URL, or name one with --scratch.',
  ),
  PROOF_PLACE_FAILED: entry(
    'unavailable',
    'Nothing is said of the backup; mend what the message names (the temporary folder, most often) and prove it again.',
  ),
  SNAPSHOT_FAILED: entry(
    'unavailable',
    'Look at the snapshots of the database in the AWS console; dumps are made without them.',
  ),
  RECONCILE_FAILED: entry(
    'unavailable',
    'Read which step failed; everything else was done, and the next run tries again.',
  ),
  BACKUP_UNSUPPORTED: entry('invalid', 'Remove what the message names, or use what it says is supported.'),
  BACKUP_KEY_INVALID: entry('invalid', 'Set HUNTER_BACKUP_KEY to the key with which the backup was made.'),
  CONFIG_UNAVAILABLE: entry('unavailable', 'Check the paths of the parameters and the right to read them.'),
  RESTORE_FAILED: entry('internal', 'The live database was not touched; read the cause and try again.'),
  RESTORE_TARGET_IN_USE: entry('conflict', 'Choose an empty database, or stop what uses the target.'),
  KEPT_NOT_FOUND: entry('not-found', 'List what is kept with "hunter backup restore --list-kept".'),
  TABLE_NOT_FOUND: entry('not-found', 'List the tables of a backup with "hunter backup show".'),
  NOT_READY: entry('unavailable', 'Wait; error.details says which part is not ready.'),
  INTERNAL: entry('internal', 'The fault is ours: report it, with the request id or the command line.'),
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

export interface AppErrorOptions {
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
    return ERRORS[this.code].kind
  }

  get remedy(): string {
    return ERRORS[this.code].remedy
  }
}

/** The message of anything that was thrown, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
