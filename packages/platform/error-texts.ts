/** The meaning and the remedies of every error code. They are apart from the codes because a cold start needs no texts. */
import type { ErrorCode } from '#platform/errors'

/** Where a failure is read: in the answer of the API, or in a terminal (and in the logs of the functions). */
type Reader = 'api' | 'cli'

export interface ErrorText {
  /** Says what happened and why, in one sentence. */
  meaning: string
  /** Remedy for a caller of the API; absent when the API never answers with the code. */
  api?: string
  /** Remedy for a person at a terminal; absent when no command ends with the code. */
  cli?: string
}

/** A caller of the API cannot look at the parts of the service. */
const WAIT = 'Wait for Retry-After seconds, then try again'
const TRY_LATER = `${WAIT}; if the error persists, send the request_id to the operator of this service.`

export const ERROR_TEXTS = {
  DOMAIN_INVALID: {
    meaning: 'The input is not a domain that can be registered.',
    api: 'Send a domain such as acme.com.tr; a URL or an e-mail address works too.',
    cli: 'Use a domain such as acme.com.tr; a URL or an e-mail address works too.',
  },
  VALIDATION_FAILED: {
    meaning: 'A field has a value that is not allowed.',
    api: 'Fix the fields that error.details.fields lists.',
    cli: 'Fix the option that the message names; a --cursor works only with the list that returned it.',
  },
  REQUEST_UNREADABLE: {
    meaning: 'Hunter cannot parse the URL, a header or the body of the request.',
    api: 'Percent-encode each part of the path and the query as UTF-8; no part may be . or .., or hold a slash or control characters.',
  },
  BODY_NOT_JSON: {
    meaning: 'The body of the request is empty, or is not JSON in UTF-8.',
    api: 'Send a JSON body with the header "Content-Type: application/json".',
  },
  BODY_TYPE_UNSUPPORTED: {
    meaning: 'The headers declare the body as something that this operation does not take, or as compressed.',
    api: 'Send the body uncompressed with one of the types in details.accepted, usually "Content-Type: application/json".',
  },
  PRECONDITION_UNSUPPORTED: {
    meaning: 'The request has a condition that Hunter cannot check, so Hunter did nothing.',
    api: 'Remove the header that the message names; If-None-Match works with GET.',
  },
  BODY_TOO_LARGE: {
    meaning: 'The body of the request is larger than 1 MiB, or than 3 MiB for a file.',
    api: 'Send at most details.bytes_max bytes: split the work, or send a list through POST /api/v1/ingest/uploads.',
  },
  EXPORT_TOO_LARGE: {
    meaning: 'The file takes longer to write than a request may, or is larger than its format can hold.',
    api: 'Narrow the filters, name fewer columns, or read the list page by page with GET /api/v1/leads.',
    cli: 'Export CSV, which has no limit, or narrow the filters.',
  },
  CSV_INVALID: {
    meaning: 'The list has no column of domains or e-mail addresses, or its first row cannot be read.',
    api: 'Fix the line, or add a header row with a column named domain, website, url or email; column overrides the guess.',
    cli: 'Fix the line, or add a header row with a column named domain, website, url or email; --column overrides the guess.',
  },
  LIST_EMPTY: {
    meaning: 'The file has no rows, or none below its header. Hunter imported nothing.',
    api: 'Send a list with at least one row below its header, on the first visible sheet of a workbook.',
    cli: 'Use a list with at least one row below its header, on the first visible sheet of a workbook.',
  },
  ENCODING_WRONG: {
    meaning:
      'The text of the file is not in the encoding that it has elsewhere, that it declares, or that was asked for.',
    api: 'Save the list as UTF-8, or fix the line that the message names; the parameter encoding overrides the guess.',
    cli: 'Save the list as UTF-8, or fix the line that the message names; --encoding overrides the guess.',
  },
  FILE_FORMAT_UNSUPPORTED: {
    meaning: 'The file is neither a list as text nor an Excel workbook (.xlsx) that opens without a password.',
    api: 'Send a CSV file, or a workbook saved as .xlsx without a password.',
    cli: 'Open the file in Excel or LibreOffice and save it as .xlsx or .csv.',
  },
  FILE_DAMAGED: {
    meaning: 'The file ends too early, or the parts of the workbook contradict each other. Hunter imported none of it.',
    api: 'Send the file again from an intact copy.',
    cli: 'Copy or download the file again, or open it in Excel and save it as a new .xlsx file.',
  },
  FILE_TOO_LARGE: {
    meaning:
      'The file exceeds a limit, such as 50 MiB, or 300 MB for a workbook once unpacked. Hunter imported none of it.',
    api: 'Send the sheet as a CSV file, or split it into several files.',
    cli: 'Save the sheet as a CSV file, or split it into several files.',
  },
  UPLOAD_NOT_FOUND: {
    meaning: 'Your key has no upload with this id, or its file has not arrived yet.',
    api: 'Send the file to the url of POST /api/v1/ingest/uploads first, with the same key, and use the upload_id of that answer.',
  },
  UPLOAD_EXPIRED: {
    meaning: 'No file arrived within the 15 minutes of the upload, or the file was deleted after two days.',
    api: 'Get a new upload from POST /api/v1/ingest/uploads and send the file again.',
  },
  UPLOAD_CHANGED: {
    meaning: 'Another file was sent with the form of this upload while the first one was imported.',
    api: 'Import the list that you want from an upload of its own; rows that are stored already do no harm.',
  },
  USAGE: {
    meaning: 'The command line has an unknown argument or option, or lacks a required one.',
    cli: 'Run the command with --help to see its arguments and options.',
  },
  SETTING_INVALID: {
    meaning: 'A setting has a value that is not allowed.',
    cli: 'Fix the settings that the message names; .env.example describes them all.',
  },
  FILE_UNUSABLE: {
    meaning: 'A file or folder is missing, has the wrong type, or is closed to this user.',
    cli: 'Check the path that the message names and its permissions.',
  },
  KEY_MISSING: {
    meaning: 'The request has no API key.',
    api: 'Send the header "Authorization: Bearer <key>" or "X-API-Key: <key>", or sign in on the page.',
  },
  KEYS_SEVERAL: {
    meaning: 'The request has more than one API key, or cookies of several sessions.',
    api: 'Send one key, in one header: either Authorization or X-API-Key. In a browser, delete the cookies of this address.',
  },
  KEY_INVALID: {
    meaning: 'The API key is unknown, expired or revoked.',
    api: 'Check the key for typos, or ask an administrator for a new one.',
  },
  KEY_NOT_FOUND: {
    meaning: 'There is no API key with this id.',
    api: 'List the keys with GET /api/v1/admin/keys.',
    cli: 'Take the id from "hunter keys list".',
  },
  KEY_NOT_ACTIVE: {
    meaning: 'The API key is revoked or expired, and nothing can reactivate it.',
    api: 'Create another key with POST /api/v1/admin/keys.',
    cli: 'Create another key with "hunter keys create".',
  },
  KEY_IN_GRACE: {
    meaning: 'The API key was rotated and its old secret still works; another rotation would end that secret early.',
    api: 'Use the new secret, wait until error.details.previous_until, or send grace_seconds 0 to end both secrets now.',
    cli: 'Use the new secret, wait until the time that the message names, or add "--grace 0" to end both secrets now.',
  },
  KEY_LAST_ADMIN: {
    meaning: 'This is the last active key with the scope admin.',
    api: 'Create another key with the scope admin first, or add force=true.',
    cli: 'Create another key with "--scopes admin" first, or add --force.',
  },
  KEY_EXISTS: {
    meaning: 'Some of the keys to import already exist.',
    cli: 'Remove the keys that the message names from the file, then import the rest.',
  },
  SESSION_EXPIRED: {
    meaning: 'The session is unknown, has expired, was ended, or its key no longer works.',
    api: 'Sign in again with POST /api/v1/session.',
  },
  SESSION_NOT_FOUND: {
    meaning: 'There is no session with this id, or it has expired.',
    api: 'List the open sessions with GET /api/v1/admin/sessions.',
    cli: 'Take the id from "hunter sessions list".',
  },
  CSRF_REFUSED: {
    meaning: 'The request has the cookie of a session, but did not come from a page of this address.',
    api: 'Send an API key instead, or send the request from the page itself.',
  },
  WEBHOOK_NOT_FOUND: {
    meaning: 'There is no webhook with this id.',
    api: 'List the webhooks with GET /api/v1/admin/webhooks.',
    cli: 'Take the id from "hunter webhooks list".',
  },
  WEBHOOK_REVOKED: {
    meaning: 'The webhook is revoked, and nothing can reactivate it.',
    api: 'Create another webhook with POST /api/v1/admin/webhooks.',
    cli: 'Create another webhook with "hunter webhooks create".',
  },
  WEBHOOK_IN_GRACE: {
    meaning: 'The webhook was rotated and its old secret still works; another rotation would end that secret early.',
    api: 'Use the new secret and end the old one with DELETE …?secret=previous, or send grace_seconds 0 to end both.',
    cli: 'Use the new secret and end the old one with "hunter webhooks revoke ID --old-secret", or add "--grace 0".',
  },
  SIGNATURE_MISSING: {
    meaning: 'The delivery lacks a header of its signature, or the header is malformed.',
    api: 'Send webhook-id, webhook-timestamp (seconds since 1970) and webhook-signature, as Standard Webhooks describes them.',
  },
  SIGNATURE_STALE: {
    meaning:
      "The delivery was signed more than five minutes away from the time of Hunter's clock, so Hunter stored nothing.",
    api: "Sign each attempt with the time of that attempt, and set the sender's clock; details.now is the time here.",
  },
  SIGNATURE_INVALID: {
    meaning: 'No signature of the delivery matches a secret of a webhook of its API key, so Hunter stored nothing.',
    api: 'Sign the bytes that you send, with the secret of a webhook that was created for this key and is not revoked.',
  },
  DELIVERY_ID_REUSED: {
    meaning: 'The webhook has delivered another body under the same webhook-id, so Hunter stored nothing.',
    api: 'Give each event a webhook-id of its own, and send the same body when you repeat a delivery.',
  },
  SCOPE_MISSING: {
    meaning: 'The API key lacks the scope that this request needs.',
    api: 'Use a key that has the scope named in error.details.scope.',
  },
  RATE_LIMITED: {
    meaning: 'The caller sent too many requests in a short time.',
    api: `${WAIT}.`,
  },
  OPEN_DOMAINS_LIMIT: {
    meaning: 'The bulk scans of the API key have reached the limit of open domains.',
    api: 'Send at most error.details.free domains, cancel a job, or wait until your jobs finish some domains.',
  },
  SCANS_BUSY: {
    meaning: 'All scan capacity is in use, and none became free in time.',
    api: `${WAIT}, or send the domains as a bulk scan, which waits for capacity.`,
  },
  GONE: {
    meaning: 'The feature is retired, so the request changed nothing.',
    api: 'Keep notes, tags and favourites in your CRM; error.details.successor names the closest operation of this API.',
  },
  ROUTE_NOT_FOUND: {
    meaning: 'No route has this path.',
    api: 'Check the path: every route lives under /api/v1, and /docs lists them all.',
  },
  PAGE_NOT_BUILT: {
    meaning: 'This installation has no built page to serve.',
    api: 'Ask an operator to build the page: a deployment and a local start do so by themselves.',
  },
  METHOD_NOT_ALLOWED: {
    meaning: 'The path does not support this method.',
    api: 'Use one of the methods in the Allow header.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    meaning: 'A different request already used this Idempotency-Key.',
    api: 'Send a new Idempotency-Key with each new request.',
  },
  IDEMPOTENCY_IN_FLIGHT: {
    meaning: 'The first request with this Idempotency-Key is still running.',
    api: 'Wait for Retry-After seconds, then send the same request again.',
  },
  NOT_READY: {
    meaning: 'A part of the service is down, or the database is not migrated yet.',
    api: TRY_LATER,
    cli: 'Run "hunter db migrate", then run the command again.',
  },
  LEAD_NOT_FOUND: {
    meaning: 'Hunter has not scanned this domain.',
    api: 'Scan the domain first with POST /api/v1/scan/domain.',
    cli: 'Scan the domain first; "hunter leads list" shows the scanned ones.',
  },
  LEAD_ERASED: {
    meaning: 'The company was erased while this request worked on it, so nothing was stored.',
    api: 'Scan the domain again only if the company may be stored again.',
    cli: 'Scan the domain again only if the company may be stored again.',
  },
  ERASURES_NOT_APPLIED: {
    meaning:
      'A restore would bring back erased companies, because KeyPepper, which their records need, is missing or differs.',
    cli: 'Run the restore where the secret KeyPepper is linked, or add --no-erasures and erase these companies again yourself.',
  },
  OVERRIDE_NOT_FOUND: {
    meaning: 'There is no such provider override.',
    api: 'List the overrides with GET /api/v1/admin/provider-overrides.',
  },
  CHANNEL_NOT_FOUND: {
    meaning: 'There is no alert channel with this id or name.',
    api: 'List the channels with GET /api/v1/alerts/channels.',
    cli: 'Take the id or the name from "hunter alerts channels".',
  },
  CHANNEL_AMBIGUOUS: {
    meaning: 'Several alert channels have this name.',
    api: 'Name the channel by its id; error.details.ids lists them.',
    cli: 'Name the channel by one of these ids; "hunter alerts channels" shows what each is.',
  },
  CHANNEL_INACTIVE: {
    meaning: 'The alert channel is unverified or disabled, so nothing is sent to it.',
    api: 'Send a test with POST /api/v1/alerts/channels/{channel}/test: a channel whose test arrives becomes active.',
    cli: 'Send a test with "hunter alerts test CHANNEL": a channel whose test arrives becomes active.',
  },
  CHANNELS_MAX: {
    meaning: 'The installation has as many alert channels as it may have.',
    api: 'Delete an unused channel with DELETE /api/v1/alerts/channels/{channel}.',
    cli: 'Delete an unused channel with "hunter alerts delete CHANNEL".',
  },
  UNSUBSCRIBE_LINK_INVALID: {
    meaning: 'The link to unsubscribe is not from a mail of Hunter, or its channel is gone or has another address.',
    api: 'Use the link of the newest mail, or ask the administrator to switch the channel off.',
  },
  DELIVERY_NOT_FOUND: {
    meaning: 'There is no delivery of an alert with this id.',
    api: 'List the deliveries with GET /api/v1/alerts/channels/{channel}/deliveries.',
    cli: 'Take the id from "hunter alerts log CHANNEL".',
  },
  PARTNER_NOT_CONNECTED: {
    meaning: 'Hunter has no sign-in to Partner Center yet, so it can read no referrals.',
    cli: 'Sign in with "hunter referrals connect --tenant TENANT --client-id ID".',
  },
  PARTNER_SIGN_IN_EXPIRED: {
    meaning: 'Microsoft refuses the stored sign-in to Partner Center; a person must sign in once more.',
    api: 'Ask the operator of this service to sign in to Partner Center once more.',
    cli: 'Run "hunter referrals connect", and sign in with multi-factor authentication.',
  },
  PARTNER_CENTER_REFUSED: {
    meaning: 'Partner Center refuses the call, or does not answer with a list of referrals.',
    api: 'Send the message to the operator of this service.',
    cli: 'Check that the person who signed in has the role Referrals Admin or Referrals User; then sync.',
  },
  PARTNER_CENTER_UNAVAILABLE: {
    meaning: 'Partner Center or its sign-in does not answer, or asks to be called later.',
    api: TRY_LATER,
    cli: 'Check the network, then run "hunter referrals sync"; the schedule tries by itself as well.',
  },
  JOB_NOT_FOUND: {
    meaning: 'There is no bulk scan with this id.',
    api: 'Use a job id from GET /api/v1/scan/bulk; only the key that created a job, or an admin key, can retry or cancel it.',
    cli: 'Use the job id that the API returned when you started the bulk scan.',
  },
  IMPORT_NOT_FOUND: {
    meaning: 'There is no import with this id.',
    api: 'Use the id from the answer of POST /api/v1/ingest/csv; only the key that sent the list, or an admin key, can scan it.',
  },
  IMPORT_RUNNING: {
    meaning: 'The import has not read all rows of its list yet.',
    api: 'Wait until GET /api/v1/ingest/{import} says that the import is done.',
  },
  IMPORT_STALLED: {
    meaning: 'An import has stored no row for a long time, or its workers ended without an answer.',
    api: 'Send the list again: no company is stored twice. An administrator can redrive the dead letters instead.',
  },
  DNS_UNANSWERED: {
    meaning: 'No name server answered for the domain.',
    api: 'Try again later; the name servers of this domain may be down.',
    cli: 'Try again later, or ask another name server with --resolver.',
  },
  BATCH_FAILED: {
    meaning: 'A batch of a bulk scan failed; the domain is not the cause.',
    api: 'Retry the job with POST /api/v1/scan/bulk/{job}/retry.',
  },
  DATABASE_UNAVAILABLE: {
    meaning: 'The database is unreachable, does not answer in time, or rejects the login.',
    api: TRY_LATER,
    cli: 'Check that the database is running, and the host, user and database in its URL; put the password in PGPASSWORD or ~/.pgpass.',
  },
  TRANSACTION_POOLER: {
    meaning: 'The URL leads to a pooler in transaction mode, where the settings of one session leak into others.',
    cli: "Use the server's own port, or the pooler in session mode (Supabase: port 5432; Neon: no -pooler in the host).",
  },
  DATABASE_REFUSED: {
    meaning: 'The role in the database URL lacks a permission.',
    cli: 'Grant the role the permission that the message names, or use another role in the database URL.',
  },
  DATABASE_BUSY: {
    meaning: 'The database did not finish in time, usually because another session holds a lock.',
    api: TRY_LATER,
    cli: 'Try again; if it fails again, find the session that holds the lock (pg_stat_activity).',
  },
  QUEUE_UNAVAILABLE: {
    meaning: 'The queue did not accept every message.',
    api: `${WAIT}; if error.details.job names a job, retry that job.`,
    cli: 'Try again.',
  },
  REDIS_UNAVAILABLE: {
    meaning: 'Redis does not answer, so each instance counts limits on its own.',
    api: TRY_LATER,
    cli: 'Check the URL and the token of Redis; see docs/runbooks/redis-degraded.md.',
  },
  CONFIG_UNAVAILABLE: {
    meaning: 'Hunter cannot read the parameters to back up.',
    cli: 'Check the paths in HUNTER_BACKUP_PARAMETERS and your permission to read them.',
  },
  HOST_UNREACHABLE: {
    meaning: 'A server does not exist, does not answer, or presents an untrusted certificate.',
    cli: 'Check the address, the network, and the proxy settings HTTP_PROXY, HTTPS_PROXY and NO_PROXY.',
  },
  PORT_UNAVAILABLE: {
    meaning: 'Another program listens on the port, or this user may not open it.',
    cli: 'Choose another port, or stop the program that uses it.',
  },
  SYSTEM_EXHAUSTED: {
    meaning: 'This machine has run out of disk, memory or open files.',
    cli: 'Free up what the message names, or raise its limit, then run the command again.',
  },
  STACK_NOT_RUNNING: {
    meaning: 'No local stack is running, and no setting or option names a database.',
    cli: 'Start it in another terminal with "npm start", or set HUNTER_DATABASE_URL.',
  },
  PART_FAILED: {
    meaning: 'A part of the local stack failed to start, or stopped.',
    cli: 'Fix the cause that the message gives, then run "npm start" again; the logs are in the data folder.',
  },
  MIGRATION_CHANGED: {
    meaning: 'An applied migration was edited or removed, or a new one sorts before it.',
    cli: 'Restore the migration files (git checkout), and put the change into a new migration.',
  },
  MIGRATION_FAILED: {
    meaning: 'The SQL of a migration failed.',
    cli: 'Fix the SQL of the migration, then migrate again; see docs/runbooks/migrations.md.',
  },
  MIGRATION_INVALID: {
    meaning: 'The files in migrations/ do not form a complete series.',
    cli: 'Fix the file that the message names; see docs/runbooks/migrations.md.',
  },
  MIGRATION_NAME_INVALID: {
    meaning: 'The name of the migration has a character that is not allowed.',
    cli: 'Use lower-case letters, digits and underscores, such as add_company_name.',
  },
  MIGRATION_NOT_FOUND: {
    meaning: 'There is no migration with this name.',
    cli: 'Use a name from "hunter db status".',
  },
  MIGRATION_RUNNING: {
    meaning: 'Another process is migrating this database.',
    cli: 'Wait until it finishes; if it hangs, end its session in the database.',
  },
  SCHEMA_DRIFTED: {
    meaning: 'The database differs from what its migrations produce.',
    cli: 'Review the SQL that "hunter db drift" prints, and apply it or write a migration.',
  },
  SCRATCH_REFUSED: {
    meaning: 'The role may not create the database that the comparison needs.',
    cli: 'Grant CREATEDB to the role in the database URL (alter role … createdb).',
  },
  DATABASE_AHEAD: {
    meaning: 'A newer checkout has migrated this database.',
    cli: 'Check out the commit with the newer migrations, and run the command from there.',
  },
  DATABASE_NOT_EMPTY: {
    meaning: 'The database already has companies, and the invented ones would mix with them.',
    cli: 'Use an empty database, or add --in-use.',
  },
  CLOCK_SKEWED: {
    meaning:
      "This machine's clock contradicts the store's, or the newest backup, so the order of backups is uncertain.",
    cli: "Set the clock that is wrong. If this machine's is right, run the command once with --allow-clock-skew.",
  },
  SOURCE_CHANGED: {
    meaning: 'The backups under this name belong to another database, server or file.',
    cli: 'Give a different database its own --name. If you moved the same database, run once with --same-database.',
  },
  SOURCE_INVALID: {
    meaning: 'The source to back up is missing or is not a database.',
    cli: 'Check --source: postgres://user@host:5432/database, or sqlite:PATH of a file that this user may read.',
  },
  SOURCE_DAMAGED: {
    meaning: 'The database to back up is damaged.',
    cli: 'Repair the database, or restore its newest verified backup.',
  },
  BACKUP_NOT_FOUND: {
    meaning: 'The backup does not exist, or does not contain the part that you want.',
    api: 'Use an id from GET /api/v1/admin/backups; a backup of another name needs source.',
    cli: 'List the backups with "hunter backup list"; add --from if they are in another place.',
  },
  BACKUP_ID_INVALID: {
    meaning: 'The text is not a backup id.',
    api: 'Use an id from GET /api/v1/admin/backups, such as 20261120T000000Z-4f9c2a.',
    cli: 'Use an id from "hunter backup list", or latest.',
  },
  BACKUP_RUNNING: {
    meaning: 'Another backup is running, or was requested a moment ago.',
    api: 'Wait for Retry-After seconds, or follow that backup by error.details.id.',
  },
  BACKUP_FAILED: {
    meaning: 'The backup stopped before it was complete, so Hunter does not list it as a backup.',
    cli: 'Fix the cause that the message gives, then run the backup again.',
  },
  BACKUP_DAMAGED: {
    meaning: 'The stored backup differs from what Hunter wrote.',
    cli: 'Do not restore this backup; use an older verified one.',
  },
  BACKUP_PROTECTED: {
    meaning: 'The backup is pinned, or is the last good backup under its name.',
    cli: 'Make and prove a newer backup first, or wait until its pin ends.',
  },
  BACKUP_UNPROVEN: {
    meaning: 'A proven backup is required and there is none, or a check of the restored copy failed.',
    cli: 'Run "hunter backup list" or "show ID" to see what failed; rely on an older verified backup until a newer one is proven.',
  },
  BACKUP_UNSUPPORTED: {
    meaning: 'The backup or the database contains something that this operation cannot handle.',
    cli: 'Remove what the message names, or follow its advice. A role with more rights, or --allow-incomplete, also helps "backup run".',
  },
  BACKUP_KEY_INVALID: {
    meaning: 'HUNTER_BACKUP_KEY is not set, or another key encrypted the settings in the backup.',
    cli: 'Set HUNTER_BACKUP_KEY to the key that encrypted the backup.',
  },
  STORAGE_UNAVAILABLE: {
    meaning: 'Hunter cannot use the folder or bucket that holds backups or large files.',
    api: TRY_LATER,
    cli: 'Check that the folder or bucket exists, and that you may read and write it.',
  },
  PROOF_PLACE_MISSING: {
    meaning: 'The proof could not run: the embedded Postgres cannot hold this backup. The backup itself may be fine.',
    cli: 'Prove the backup on a server: set --scratch or HUNTER_PROOF_SCRATCH_URL.',
  },
  PROOF_PLACE_FAILED: {
    meaning: 'The proof could not run: its environment failed. The backup itself may be fine.',
    cli: 'Fix what the message names (usually TMPDIR), or prove the backup on a server with --scratch.',
  },
  PROOF_TIMED_OUT: {
    meaning: 'The proof reached its deadline before it finished. The backup itself may be fine.',
    cli: 'Give the proof more time with HUNTER_PROOF_MINUTES, or a server of its own with --scratch.',
  },
  SNAPSHOT_FAILED: {
    meaning: 'The snapshot of the database failed; the dump does not depend on it.',
    cli: 'Look at the snapshots of the database in the AWS console.',
  },
  RECONCILE_FAILED: {
    meaning: 'A step of the hourly clean-up failed; the other steps are done.',
    cli: 'Read which step failed and why; the next run retries it.',
  },
  RESTORE_FAILED: {
    meaning: 'The restore stopped before it replaced anything.',
    cli: 'Fix the cause that the message gives, then restore again.',
  },
  RESTORE_TARGET_IN_USE: {
    meaning: 'The target of the restore contains data, or is in use.',
    cli: 'Choose an empty target, or stop the programs that use this one.',
  },
  KEPT_NOT_FOUND: {
    meaning: 'No database that a restore replaced has this name.',
    cli: 'List the replaced databases with "hunter backup restore --list-kept".',
  },
  TABLE_NOT_FOUND: {
    meaning: 'The name or pattern matches no table of the backup or the database.',
    cli: 'List the tables of a backup with "hunter backup show ID"; quote names with capitals, as for pg_dump.',
  },
  INTERNAL: {
    meaning: 'Hunter failed because of a bug.',
    api: 'Send the request_id to the operator of this service.',
    cli: 'Report the bug with the command line and its output; HUNTER_LOG_LEVEL=debug shows where it happened.',
  },
} as const satisfies Record<ErrorCode, ErrorText>

/**
 * A code that is not expected for this reader is a bug there, so it gets the remedy of INTERNAL: the other reader's
 * words would mislead.
 */
export function getRemedy(code: ErrorCode, reader: Reader): string {
  const entry: ErrorText = ERROR_TEXTS[code]
  return entry[reader] ?? ERROR_TEXTS.INTERNAL[reader]
}
