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

/** Where a failure is read: in the answer of the API, or in a terminal (and in the logs of the functions). */
export type Reader = 'api' | 'cli'

interface ErrorEntry {
  kind: ErrorKind
  /** What happened and why, in one sentence. */
  meaning: string
  /** What a caller of the API can do about it; none where the API never answers with the code. */
  api?: string
  /** What a person at a terminal can do about it; none where no command ends with the code. */
  cli?: string
}

/** A caller cannot look at our parts. */
const WAIT = 'Try again after the seconds in the header Retry-After'
const TRY_LATER = `${WAIT}; if it lasts, send the request_id to the people who run this service.`

export const ERRORS = {
  DOMAIN_INVALID: {
    kind: 'invalid',
    meaning: 'The input is no domain that can be registered.',
    api: 'Send a domain such as acme.com.tr; a URL or an e-mail address works too.',
    cli: 'Give a domain such as acme.com.tr; a URL or an e-mail address works too.',
  },
  VALIDATION_FAILED: {
    kind: 'invalid',
    meaning: 'A field has a value that is not allowed.',
    api: 'Fix the fields that error.details.fields lists.',
    cli: 'Fix the option that the message names; a --cursor works only with the list it came from.',
  },
  REQUEST_UNREADABLE: {
    kind: 'invalid',
    meaning: 'The request is not well-formed: its URL, a header or its body cannot be read.',
    api: 'Percent-encode each part of the path and the query as UTF-8; no part may be . or .., or hold a slash or control characters.',
  },
  BODY_NOT_JSON: {
    kind: 'invalid',
    meaning: 'The body of the request is empty, or is not JSON in UTF-8.',
    api: 'Send a JSON body with the header "Content-Type: application/json".',
  },
  BODY_TYPE_UNSUPPORTED: {
    kind: 'invalid',
    meaning: 'The body is announced as something else than JSON in UTF-8.',
    api: 'Send JSON with the header "Content-Type: application/json", not compressed.',
  },
  PRECONDITION_UNSUPPORTED: {
    kind: 'conflict',
    meaning: 'The request depends on a condition that Hunter cannot check, so nothing was done.',
    api: 'Leave out the header that the message names; If-None-Match works with GET.',
  },
  BODY_TOO_LARGE: {
    kind: 'too-large',
    meaning: 'The body of the request is larger than 1 MiB.',
    api: 'Split the work into several requests of at most 1 MiB.',
  },
  CSV_INVALID: {
    kind: 'invalid',
    meaning: 'The file is no CSV file with a column of domains.',
    cli: 'Use a CSV file in UTF-8 with a header row and a column named domain, website, url or email.',
  },
  USAGE: {
    kind: 'invalid',
    meaning: 'The command line has a word that the command does not take, or lacks one that it needs.',
    cli: 'Run the command with --help to see what it takes.',
  },
  SETTING_INVALID: {
    kind: 'invalid',
    meaning: 'A setting has a value that is not allowed.',
    cli: 'Fix the settings that the message names; .env.example describes them all.',
  },
  FILE_UNUSABLE: {
    kind: 'invalid',
    meaning: 'A file or folder is missing, is of another kind, or may not be opened by this user.',
    cli: 'Check the path that the message names and its permissions.',
  },
  KEY_MISSING: {
    kind: 'unauthenticated',
    meaning: 'The request has no API key.',
    api: 'Send the header "Authorization: Bearer <key>" or "X-API-Key: <key>".',
  },
  KEYS_SEVERAL: {
    kind: 'invalid',
    meaning: 'The request has more than one API key.',
    api: 'Send one key, in one header: either Authorization or X-API-Key.',
  },
  KEY_INVALID: {
    kind: 'unauthenticated',
    meaning: 'The API key is not known here, has expired or was revoked.',
    api: 'Check the key for typing errors, or ask an administrator for a new one.',
  },
  KEY_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'There is no API key with this id.',
    api: 'List the keys with GET /api/v1/admin/keys.',
    cli: 'Take the id from "hunter keys list".',
  },
  KEY_NOT_ACTIVE: {
    kind: 'conflict',
    meaning: 'The API key was revoked or has expired, which is final.',
    api: 'Create another key with POST /api/v1/admin/keys.',
    cli: 'Create another key with "hunter keys create".',
  },
  KEY_IN_GRACE: {
    kind: 'conflict',
    meaning: 'The API key was rotated, and its old secret still opens; another rotation would end it.',
    api: 'Use the new secret, wait until error.details.previous_until, or send grace_seconds 0 to end both secrets now.',
    cli: 'Use the new secret, wait until the time that the message names, or add "--grace 0" to end both secrets now.',
  },
  KEY_LAST_ADMIN: {
    kind: 'conflict',
    meaning: 'Without this key nobody could administer the others.',
    api: 'Create another key with the scope admin first, or add force=true.',
    cli: 'Create another key with "--scopes admin" first, or add --force.',
  },
  KEY_EXISTS: {
    kind: 'conflict',
    meaning: 'Some of the keys to import are here already.',
    cli: 'Take the keys that the message names out of the file, and import the rest.',
  },
  SCOPE_MISSING: {
    kind: 'forbidden',
    meaning: 'The API key lacks the scope that this request needs.',
    api: 'Use a key that has the scope named in error.details.scope.',
  },
  RATE_LIMITED: {
    kind: 'limited',
    meaning: 'There were too many requests in a short time.',
    api: `${WAIT}.`,
  },
  OPEN_DOMAINS_LIMIT: {
    kind: 'limited',
    meaning: 'The bulk scans of the API key have as many open domains as they may.',
    api: 'Send at most error.details.free domains, cancel a job, or wait until domains of your jobs have ended.',
  },
  SCANS_BUSY: {
    kind: 'unavailable',
    meaning: 'All capacity for scans is in use, and no turn came in time.',
    api: `${WAIT}, or send the domains as a bulk scan, which waits by itself.`,
  },
  ROUTE_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'There is nothing at this path.',
    api: 'Check the path: every route lives under /api/v1, and /docs lists them all.',
  },
  METHOD_NOT_ALLOWED: {
    kind: 'invalid',
    meaning: 'The path does not take this method.',
    api: 'Use one of the methods that the header Allow lists.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    kind: 'conflict',
    meaning: 'The Idempotency-Key was used for another request.',
    api: 'Send a new Idempotency-Key with each new request.',
  },
  IDEMPOTENCY_IN_FLIGHT: {
    kind: 'conflict',
    meaning: 'The first request with this Idempotency-Key has not finished.',
    api: 'Wait for the seconds that the header Retry-After gives, then send the same request again.',
  },
  NOT_READY: {
    kind: 'unavailable',
    meaning: 'A part of the service is down, or the database is not migrated yet.',
    api: TRY_LATER,
    cli: 'Run "hunter db migrate", then run the command again.',
  },
  LEAD_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'The domain has not been scanned.',
    api: 'Scan the domain first with POST /api/v1/scan/domain.',
    cli: 'Scan the domain first; "hunter leads list" shows which ones have been.',
  },
  OVERRIDE_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'There is no such provider override.',
    api: 'List the overrides with GET /api/v1/admin/provider-overrides.',
  },
  JOB_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'There is no bulk scan with this id.',
    api: 'Use a job id of GET /api/v1/scan/bulk; a job is retried and cancelled by the key that made it, or by an administrator.',
    cli: 'Use the job id that the API gave when the bulk scan was started.',
  },
  DNS_UNANSWERED: {
    kind: 'unavailable',
    meaning: 'No name server answered for the domain.',
    api: 'Try again later; the name servers of this domain may be down.',
    cli: 'Try again later, or ask another name server with --resolver.',
  },
  BATCH_FAILED: {
    kind: 'unavailable',
    meaning: 'A batch of a bulk scan failed; the domain itself is not at fault.',
    api: 'Retry the job with POST /api/v1/scan/bulk/{job}/retry.',
  },
  DATABASE_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'The database cannot be reached, does not answer in time, or does not accept the login.',
    api: TRY_LATER,
    cli: 'Check that the database is running, and the host, user and database in its URL; put the password in PGPASSWORD or ~/.pgpass.',
  },
  TRANSACTION_POOLER: {
    kind: 'invalid',
    meaning: 'The URL leads to a pooler in transaction mode, where settings of one session reach others.',
    cli: "Use the server's own port, or the pooler in session mode (Supabase: port 5432; Neon: no -pooler in the host).",
  },
  DATABASE_REFUSED: {
    kind: 'forbidden',
    meaning: 'The role in the database URL lacks a permission.',
    cli: 'Grant the role what the message names, or use another role in the database URL.',
  },
  DATABASE_BUSY: {
    kind: 'unavailable',
    meaning: 'The database did not finish in time, most often because another session holds a lock.',
    api: TRY_LATER,
    cli: 'Try again; if it happens again, look for a session that holds a lock (pg_stat_activity).',
  },
  QUEUE_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'The queue did not accept all messages.',
    api: `${WAIT}; if error.details.job names a job, retry that job.`,
    cli: 'Try again.',
  },
  REDIS_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'Redis does not answer, so each instance counts limits on its own.',
    api: TRY_LATER,
    cli: 'Check the URL and the token of Redis; docs/runbooks/redis-degraded.md says more.',
  },
  CONFIG_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'The parameters to back up cannot be read.',
    cli: 'Check the paths in HUNTER_BACKUP_PARAMETERS and the permission to read them.',
  },
  HOST_UNREACHABLE: {
    kind: 'unavailable',
    meaning: 'A server does not answer, does not exist, or shows a certificate that is not trusted.',
    cli: 'Check the address, the network, and the proxy settings HTTP_PROXY, HTTPS_PROXY and NO_PROXY.',
  },
  PORT_UNAVAILABLE: {
    kind: 'conflict',
    meaning: 'Another program listens on the port, or this user may not use it.',
    cli: 'Choose another port, or stop the program that uses it.',
  },
  SYSTEM_EXHAUSTED: {
    kind: 'unavailable',
    meaning: 'This machine has no room left: disk, memory or open files.',
    cli: 'Free what the message names, or raise its limit, then run the command again.',
  },
  STACK_NOT_RUNNING: {
    kind: 'unavailable',
    meaning: 'No Hunter runs on this machine, and no database is named.',
    cli: 'Start it in another terminal with "npm start", or set HUNTER_DATABASE_URL.',
  },
  PART_FAILED: {
    kind: 'unavailable',
    meaning: 'A part of the local stack did not start, or it stopped.',
    cli: 'Fix the cause that the message gives, then run "npm start" again; the logs are in the data folder.',
  },
  MIGRATION_CHANGED: {
    kind: 'conflict',
    meaning: 'A migration that has run was edited, removed or overtaken.',
    cli: 'Bring the migration files back as they were (git checkout), and put the change into a new migration.',
  },
  MIGRATION_FAILED: {
    kind: 'internal',
    meaning: 'The SQL of a migration failed.',
    cli: 'Fix the SQL of the migration and migrate again; see docs/runbooks/migrations.md.',
  },
  MIGRATION_INVALID: {
    kind: 'invalid',
    meaning: 'The files in migrations/ are not a complete series.',
    cli: 'Fix the file that the message names; see docs/runbooks/migrations.md.',
  },
  MIGRATION_NAME_INVALID: {
    kind: 'invalid',
    meaning: 'The name of a migration has a character that is not allowed.',
    cli: 'Use lower-case letters, digits and underscores, such as add_company_name.',
  },
  MIGRATION_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'There is no migration with this name.',
    cli: 'Take the name from "hunter db status".',
  },
  MIGRATION_RUNNING: {
    kind: 'conflict',
    meaning: 'Another process is migrating this database.',
    cli: 'Wait until it ends; if it hangs, end its session in the database.',
  },
  SCHEMA_DRIFTED: {
    kind: 'damaged',
    meaning: 'The database is not what its migrations make.',
    cli: 'Review the SQL that "hunter db drift" prints, and apply it or write a migration.',
  },
  SCRATCH_REFUSED: {
    kind: 'forbidden',
    meaning: 'The role may not create the database that is needed for a comparison.',
    cli: 'Give the role in the database URL the right CREATEDB (alter role … createdb).',
  },
  DATABASE_AHEAD: {
    kind: 'conflict',
    meaning: 'A newer checkout has migrated this database.',
    cli: 'Check out the commit that has the newer migrations, and run the command from there.',
  },
  DATABASE_NOT_EMPTY: {
    kind: 'conflict',
    meaning: 'The database has companies, which invented ones would mix with.',
    cli: 'Use an empty database, or add --in-use.',
  },
  CLOCK_SKEWED: {
    kind: 'conflict',
    meaning: "This machine's clock contradicts the store's, or the newest backup, so that nobody knows what is older.",
    cli: "Set the clock that is wrong. If this machine's is right, run the command once with --allow-clock-skew.",
  },
  SOURCE_CHANGED: {
    kind: 'conflict',
    meaning: 'The backups of this name are of another database, server or file.',
    cli: 'Give another database a name of its own with --name. After a move, run once with --same-database.',
  },
  SOURCE_INVALID: {
    kind: 'invalid',
    meaning: 'What should be backed up is missing or is no database.',
    cli: 'Check --source: postgres://user@host:5432/database, or sqlite:PATH of a file that this user may read.',
  },
  SOURCE_DAMAGED: {
    kind: 'damaged',
    meaning: 'The database to back up is damaged.',
    cli: 'Repair the database, or restore its newest verified backup.',
  },
  BACKUP_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'There is no such backup, or it does not hold what you want from it.',
    cli: 'List the backups with "hunter backup list"; with --from when they are in another place.',
  },
  BACKUP_ID_INVALID: {
    kind: 'invalid',
    meaning: 'The text is no id of a backup.',
    cli: 'Take the id from "hunter backup list", or write latest.',
  },
  BACKUP_FAILED: {
    kind: 'unavailable',
    meaning: 'The backup stopped before it was complete, and was not listed as one.',
    cli: 'Fix the cause that the message gives, then run the backup again.',
  },
  BACKUP_DAMAGED: {
    kind: 'damaged',
    meaning: 'The stored backup is not what was written.',
    cli: 'Do not restore this backup; use an older verified one.',
  },
  BACKUP_PROTECTED: {
    kind: 'conflict',
    meaning: 'The backup is pinned, or is the last good one of its name.',
    cli: 'Make and prove a newer backup first, or wait until its pin ends.',
  },
  BACKUP_UNPROVEN: {
    kind: 'damaged',
    meaning: 'No backup is proven where one must be, or a check of the restored copy failed.',
    cli: 'Read what failed ("hunter backup list" and "show ID" say it), and rely on an older verified backup until a newer one is proven.',
  },
  BACKUP_UNSUPPORTED: {
    kind: 'invalid',
    meaning: 'The backup, or the database, has something that this operation cannot handle.',
    cli: 'Remove what the message names, or use what it offers; "backup run" also takes a role with more rights, or --allow-incomplete.',
  },
  BACKUP_KEY_INVALID: {
    kind: 'invalid',
    meaning: 'The settings in the backup were encrypted with another key, or none is set.',
    cli: 'Set HUNTER_BACKUP_KEY to the key that the backup was made with.',
  },
  STORAGE_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'The folder or bucket of the backups cannot be used.',
    cli: 'Check that the folder or bucket exists, and that you may read and write it.',
  },
  PROOF_PLACE_MISSING: {
    kind: 'unavailable',
    meaning: 'The embedded Postgres cannot hold this backup, so it is neither proven nor refuted.',
    cli: 'Prove it on a server: name one with --scratch or HUNTER_PROOF_SCRATCH_URL.',
  },
  PROOF_PLACE_FAILED: {
    kind: 'unavailable',
    meaning: 'The place of the proof failed, so the backup is neither proven nor refuted.',
    cli: 'Fix what the message names (TMPDIR, most often), or prove the backup on a server with --scratch.',
  },
  PROOF_TIMED_OUT: {
    kind: 'unavailable',
    meaning: 'The proof was ended at its deadline, so the backup is neither proven nor refuted.',
    cli: 'Give the proof more time with HUNTER_PROOF_MINUTES, or a server of its own with --scratch.',
  },
  SNAPSHOT_FAILED: {
    kind: 'unavailable',
    meaning: 'The snapshot of the database failed; the dump does not need it.',
    cli: 'Look at the snapshots of the database in the AWS console.',
  },
  RECONCILE_FAILED: {
    kind: 'unavailable',
    meaning: 'A step of the hourly clean-up failed; the others are done.',
    cli: 'Read which step failed and why; the next run tries it again.',
  },
  RESTORE_FAILED: {
    kind: 'internal',
    meaning: 'The restore stopped before it replaced anything.',
    cli: 'Fix the cause that the message gives, then restore again.',
  },
  RESTORE_TARGET_IN_USE: {
    kind: 'conflict',
    meaning: 'The target of the restore holds data, or is in use.',
    cli: 'Choose an empty target, or stop what uses this one.',
  },
  KEPT_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'No restore has kept a database of this name.',
    cli: 'List what is kept with "hunter backup restore --list-kept".',
  },
  TABLE_NOT_FOUND: {
    kind: 'not-found',
    meaning: 'The backup, or the database, has no table that the name or pattern matches.',
    cli: 'List the tables of a backup with "hunter backup show ID"; put double quotes around capitals, as pg_dump wants it.',
  },
  INTERNAL: {
    kind: 'internal',
    meaning: 'Hunter has a fault.',
    api: 'Report the request_id to the people who run this service.',
    cli: 'Report it with the command line and its output; HUNTER_LOG_LEVEL=debug shows where it happened.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/** A code that nobody expects in a place is a fault there: the other reader's words would only mislead. */
export function remedyFor(code: ErrorCode, reader: Reader): string {
  const entry: ErrorEntry = ERRORS[code]
  return entry[reader] ?? ERRORS.INTERNAL[reader]
}

export interface AppErrorOptions {
  /** Public facts that help the caller (field names, limits). Never secrets. */
  details?: Record<string, unknown>
  /** The internal cause: logged, never shown over HTTP. */
  cause?: unknown
}

export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, unknown> | undefined

  /** `buildMessage` is public. */
  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind
  }

  remedyFor(reader: Reader): string {
    return remedyFor(this.code, reader)
  }
}

/** The message of anything that was thrown, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
