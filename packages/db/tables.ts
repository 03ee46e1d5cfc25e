/** The tables as TypeScript sees them. The SQL in `migrations/` makes them; a test holds the two together. */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  date,
  inet,
  integer,
  jsonb,
  pgTable,
  pgView,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core'

const id = () => bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity()
const time = (name: string) => timestamp(name, { withTimezone: true })
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
/** Text or a number. Drizzle's own jsonb would read the text "75" back as a number. */
const jsonScalar = customType<{ data: string | number; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value) => value as string | number,
})

const SEGMENTS = ['Existing', 'Migration', 'Cold', 'Skip'] as const
export const SCOPES = ['read', 'write', 'admin'] as const
export type Scope = (typeof SCOPES)[number]
/** A later scan saw something else, new rules or overrides judge the same otherwise, or a referral came, changed or went. */
export const CHANGE_CAUSES = ['scan', 'rules', 'referral'] as const
export const MOVE_KINDS = [
  'mailbox-moved',
  'gateway-added',
  'gateway-removed',
  'gateway-replaced',
  'half-moved',
] as const
export const OUTCOMES = ['pending', 'done', 'failed', 'cancelled'] as const
export const BATCH_STATES = ['unsent', 'queued', 'committed', 'failed', 'cancelled'] as const
/** `rescan`: of companies that are known; `schedule`: the same, and it gives way to what people ask for. */
export const JOB_KINDS = ['scan', 'rescan', 'schedule'] as const
export type JobKind = (typeof JOB_KINDS)[number]
export const IMPORT_STATES = ['queued', 'running', 'done', 'failed'] as const
export const CHANNEL_KINDS = ['webhook', 'slack', 'teams', 'email'] as const
/** `unverified` until a message arrived; `disabled` by a person, by the receiver, or after days of failures. */
export const CHANNEL_STATES = ['unverified', 'active', 'failing', 'disabled'] as const
export const CHANNEL_LANGUAGES = ['tr', 'en'] as const
export const DELIVERY_STATES = ['waiting', 'sent', 'failed'] as const
/** `open`: transactions may still add to its period; `empty`: it has nothing to say; `queued`: it is in the outbox. */
export const DIGEST_STATES = ['open', 'empty', 'queued'] as const
export const OVERRIDE_SIGNALS = ['mx', 'spf', 'ns'] as const
/** The more a kind is worth, the earlier it stands. */
export const REFERRAL_KINDS = ['co-sell', 'solution-provider', 'marketplace', 'other'] as const
/** Why a referral names no company: `no-company-address` has only consumer mailboxes, Microsoft's addresses and our own. */
export const DOMAIN_MISSING = ['no-address', 'no-company-address', 'several-companies', 'no-consent', 'erased'] as const

export const companies = pgTable('companies', {
  id: id(),
  domain: text('domain').notNull().unique(),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
  /** What a search looks through besides; null where it is the domain itself, as with all that is ASCII. */
  domainFolded: text('domain_folded'),
})

/** What lists say about a company; absent where no list says more than the domain. */
export const listedCompanies = pgTable('listed_companies', {
  companyId: bigint('company_id', { mode: 'number' })
    .primaryKey()
    .references(() => companies.id, { onDelete: 'cascade' }),
  company: text('company'),
  emailDomain: text('email_domain'),
  /** The list's other columns, in its order. */
  fields: jsonb('fields').$type<{ name: string; value: string }[]>().notNull(),
  searchText: text('search_text').notNull(),
  updatedAt: time('updated_at').notNull(),
})

/** Every row that was ever handed in, as it came; `rejected` says why a row became no company. */
export const rawLeads = pgTable('raw_leads', {
  id: id(),
  importId: uuid('import_id').notNull(),
  source: text('source').notNull(),
  line: integer('line').notNull(),
  input: jsonb('input').notNull(),
  companyId: bigint('company_id', { mode: 'number' }).references(() => companies.id, { onDelete: 'cascade' }),
  rejected: text('rejected'),
  receivedAt: time('received_at').notNull().defaultNow(),
  /** Hosts that a refused row names; null: not worked out. */
  names: text('names').array(),
})

/** How far each import of a list is. */
export const imports = pgTable('imports', {
  id: uuid('id').primaryKey(),
  keyid: text('keyid').references(() => apiKeys.keyid),
  state: text('state', { enum: IMPORT_STATES }).notNull().default('running'),
  upload: text('upload'),
  options: jsonb('options').$type<{ column?: string; delimiter?: string; encoding?: string }>().notNull().default({}),
  recognised: jsonb('recognised'),
  rowsTotal: integer('rows_total'),
  rows: integer('rows').notNull().default(0),
  accepted: integer('accepted').notNull().default(0),
  refused: integer('refused').notNull().default(0),
  created: integer('created').notNull().default(0),
  duplicates: integer('duplicates'),
  scan: boolean('scan').notNull().default(false),
  scanJobs: uuid('scan_jobs').array().notNull().default([]),
  scannedLine: integer('scanned_line').notNull().default(0),
  problem: jsonb('problem').$type<{ code: string; message: string }>(),
  createdAt: time('created_at').notNull(),
  finishedAt: time('finished_at'),
  uploadEtag: text('upload_etag'),
  /**
   * Hashes of companies that were erased while the import ran or could go on, salted with its id. A list of domains reads them
   * back, so they go when the import is done, or with the first erasure three days after it began.
   */
  erased: text('erased').array().notNull().default([]),
})

/** The newest known state of each signal of a company. */
export const scans = pgTable('scans', {
  companyId: bigint('company_id', { mode: 'number' })
    .primaryKey()
    .references(() => companies.id, { onDelete: 'cascade' }),
  signals: jsonb('signals').notNull(),
  provider: jsonb('provider').notNull(),
  scannedAt: time('scanned_at').notNull(),
  /** When the schedule may scan it next; null: as soon as the answer is old. */
  nextScanAt: time('next_scan_at'),
  /** Scans of the schedule that failed since the last answer. */
  scanFailures: smallint('scan_failures').notNull().default(0),
})

export const leadScores = pgTable('lead_scores', {
  companyId: bigint('company_id', { mode: 'number' })
    .primaryKey()
    .references(() => scans.companyId, { onDelete: 'cascade' }),
  value: smallint('value').notNull(),
  min: smallint('min').notNull(),
  max: smallint('max').notNull(),
  rulesVersion: integer('rules_version').notNull(),
  breakdown: jsonb('breakdown').notNull(),
  mailbox: text('mailbox').notNull(),
  gateway: text('gateway'),
  segment: text('segment', { enum: SEGMENTS }).notNull(),
  segmentReason: text('segment_reason').notNull(),
  priority: smallint('priority').notNull(),
  provisional: boolean('provisional').notNull(),
  scoredAt: time('scored_at').notNull(),
  /** Hash of the inputs of the verdict besides the rules; null: stored before hashes existed. */
  inputHash: text('input_hash'),
  /** Grows with each company that is judged for the first time; null: judged before digests existed. */
  entry: bigint('entry', { mode: 'number' }).default(sql`nextval('lead_scores_entry_seq')`),
  /** The best kind of the company's open referrals. */
  referral: text('referral', { enum: REFERRAL_KINDS }),
})

/** One row for each scored company: what lists and exports read. */
export const leadsReady = pgView('leads_ready', {
  companyId: bigint('company_id', { mode: 'number' }).notNull(),
  domain: text('domain').notNull(),
  segment: text('segment', { enum: SEGMENTS }).notNull(),
  segmentReason: text('segment_reason').notNull(),
  priority: smallint('priority').notNull(),
  provisional: boolean('provisional').notNull(),
  score: smallint('score').notNull(),
  scoreMin: smallint('score_min').notNull(),
  scoreMax: smallint('score_max').notNull(),
  mailbox: text('mailbox').notNull(),
  gateway: text('gateway'),
  rulesVersion: integer('rules_version').notNull(),
  scannedAt: time('scanned_at').notNull(),
  domainFolded: text('domain_folded'),
  company: text('company'),
  emailDomain: text('email_domain'),
  fields: jsonb('fields').$type<{ name: string; value: string }[]>().notNull(),
  listedText: text('listed_text'),
  referral: text('referral', { enum: REFERRAL_KINDS }),
}).existing()

/** Ordered by id: a company's changes are written while its row is locked. */
export const leadChanges = pgTable('lead_changes', {
  id: id(),
  companyId: bigint('company_id', { mode: 'number' })
    .notNull()
    .references(() => companies.id, { onDelete: 'cascade' }),
  type: text('type').notNull(),
  oldValue: jsonScalar('old_value'),
  newValue: jsonScalar('new_value'),
  at: time('at').notNull(),
  cause: text('cause', { enum: CHANGE_CAUSES }).notNull().default('scan'),
})

/** Changes that raise an alert. */
export const alerts = pgTable('alerts', {
  id: id(),
  changeId: bigint('change_id', { mode: 'number' })
    .notNull()
    .unique()
    .references(() => leadChanges.id, { onDelete: 'cascade' }),
  type: text('type').notNull(),
  raisedAt: time('raised_at').notNull(),
  /** The company's own when the alert was raised; null: raised before channels existed. */
  segment: text('segment', { enum: SEGMENTS }),
  priority: smallint('priority'),
  score: smallint('score'),
})

/** One for each address that alerts are sent to, whatever channels have it. */
export const alertQueues = pgTable('alert_queues', {
  /** HMAC-SHA-256: 32 bytes. */
  addressHash: bytea('address_hash').primaryKey(),
  /** Nothing is sent before. */
  nextAt: time('next_at').notNull(),
  /** Attempts that failed in a row. */
  failures: integer('failures').notNull().default(0),
  claim: uuid('claim'),
  claimedUntil: time('claimed_until'),
})

/** Where alerts are sent, and which. Addresses and secrets are encrypted. */
export const alertChannels = pgTable('alert_channels', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  kind: text('kind', { enum: CHANNEL_KINDS }).notNull(),
  address: text('address').notNull(),
  addressHint: text('address_hint').notNull(),
  addressHash: bytea('address_hash')
    .notNull()
    .references(() => alertQueues.addressHash),
  secret: text('secret'),
  previousSecret: text('previous_secret'),
  previousUntil: time('previous_until'),
  /** null: all. */
  types: text('types').array(),
  segments: text('segments', { enum: SEGMENTS }).array(),
  priorityMax: smallint('priority_max'),
  language: text('language', { enum: CHANNEL_LANGUAGES }).notNull(),
  /** null: at once. */
  digestHour: smallint('digest_hour'),
  timezone: text('timezone').notNull(),
  state: text('state', { enum: CHANNEL_STATES }).notNull().default('unverified'),
  stateReason: text('state_reason'),
  failingSince: time('failing_since'),
  createdAt: time('created_at').notNull(),
  /** Where the next digest begins; null: the channel gets no digest yet. */
  digestFrom: time('digest_from'),
  digestMarks: jsonb('digest_marks').$type<DigestMarks>(),
  /** null: nothing failed since a message last arrived. */
  lastFailedAt: time('last_failed_at'),
  /** When the reader of an e-mail channel last unsubscribed; stays once the reader has confirmed the address once more. */
  unsubscribedAt: time('unsubscribed_at'),
  /** When a reader last confirmed the e-mail address. */
  confirmedAt: time('confirmed_at'),
  /** null: no mail has come back since the channel last became active. */
  lastBouncedAt: time('last_bounced_at'),
})

/** Newest ids of what a digest tells. Ids show what a slow transaction adds; times do not. */
export interface DigestMarks {
  moves: number
  alerts: number
  /** Companies that were judged for the first time. */
  entries: number
}

/** The newest proven backup when a digest was made. */
export type DigestBackup =
  /** `hoursMax`: an older one is too old. */
  { state: 'read'; newest: { id: string; at: string } | null; hoursMax: number } | { state: 'unreadable' }

/** How much each section of a digest held. */
export interface DigestCounts {
  moves: number
  migration: number
  expiring: number
  alerts: number
  channels: number
}

/** One for each channel and day of its own time zone. */
export const alertDigests = pgTable('alert_digests', {
  id: uuid('id').primaryKey(),
  channelId: uuid('channel_id')
    .notNull()
    .references(() => alertChannels.id, { onDelete: 'cascade' }),
  day: date('day').notNull(),
  fromAt: time('from_at').notNull(),
  /** When it is due. Its period ends when it is opened. */
  toAt: time('to_at').notNull(),
  fromMarks: jsonb('from_marks').$type<DigestMarks>().notNull(),
  toMarks: jsonb('to_marks').$type<DigestMarks>().notNull(),
  state: text('state', { enum: DIGEST_STATES }).notNull().default('open'),
  openedAt: time('opened_at').notNull(),
  backup: jsonb('backup').$type<DigestBackup>(),
  /** null: made before the counts were kept, or not made yet. */
  counts: jsonb('counts').$type<DigestCounts>(),
})

/** The outbox, written with the alert or the digest that it carries, and the log of what was sent. */
export const alertDeliveries = pgTable('alert_deliveries', {
  id: uuid('id').primaryKey().defaultRandom(),
  channelId: uuid('channel_id')
    .notNull()
    .references(() => alertChannels.id, { onDelete: 'cascade' }),
  /** null: it carries a digest. */
  alertId: bigint('alert_id', { mode: 'number' }).references(() => alerts.id, { onDelete: 'cascade' }),
  state: text('state', { enum: DELIVERY_STATES }).notNull().default('waiting'),
  attempts: smallint('attempts').notNull().default(0),
  nextAt: time('next_at').notNull(),
  lastAt: time('last_at'),
  lastStatus: smallint('last_status'),
  lastError: text('last_error'),
  /** null: it carries an alert. */
  digestId: uuid('digest_id').references(() => alertDigests.id, { onDelete: 'cascade' }),
})

/** A provider of mailboxes or a gateway, as a move names it. */
interface StoredPlace {
  id: string
  name: string
  kind: string
}

/** Migrations of companies between providers. A scan writes them while it holds the company's row. */
export const leadMoves = pgTable('lead_moves', {
  id: id(),
  companyId: bigint('company_id', { mode: 'number' })
    .notNull()
    .references(() => companies.id, { onDelete: 'cascade' }),
  kind: text('kind', { enum: MOVE_KINDS }).notNull(),
  fromPlace: jsonb('from_place').$type<StoredPlace>(),
  toPlace: jsonb('to_place').$type<StoredPlace>(),
  isComplete: boolean('is_complete').notNull(),
  evidence: jsonb('evidence').$type<string[]>().notNull(),
  at: time('at').notNull(),
})

/** How many leads stand where, without the counts in `leadCountChanges`. Triggers write all three tables. */
export const leadCounts = pgTable(
  'lead_counts',
  {
    segment: text('segment', { enum: SEGMENTS }).notNull(),
    mailbox: text('mailbox').notNull(),
    priority: smallint('priority').notNull(),
    leads: bigint('leads', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.segment, table.mailbox, table.priority] })],
)

/** What was done in each quarter of an hour. */
export const activityCounts = pgTable('activity_counts', {
  quarter: time('quarter').primaryKey(),
  scans: bigint('scans', { mode: 'number' }).notNull(),
  changes: bigint('changes', { mode: 'number' }).notNull(),
})

/** Counts that are not yet added to the other two tables. */
export const leadCountChanges = pgTable('lead_count_changes', {
  id: id(),
  segment: text('segment', { enum: SEGMENTS }),
  mailbox: text('mailbox'),
  priority: smallint('priority'),
  leads: bigint('leads', { mode: 'number' }).notNull().default(0),
  quarter: time('quarter'),
  scans: bigint('scans', { mode: 'number' }).notNull().default(0),
  changes: bigint('changes', { mode: 'number' }).notNull().default(0),
})

/** Fingerprints that go before the built-in ones. */
export const providerOverrides = pgTable(
  'provider_overrides',
  {
    signal: text('signal', { enum: OVERRIDE_SIGNALS }).notNull(),
    suffix: text('suffix').notNull(),
    providerId: text('provider_id').notNull(),
    note: text('note').notNull().default(''),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.signal, table.suffix] })],
)

export const ipFacts = pgTable('ip_facts', {
  ip: inet('ip').primaryKey(),
  country: text('country'),
  /** Up to 4,294,967,295, beyond a signed integer. */
  asn: bigint('asn', { mode: 'number' }),
  asName: text('as_name'),
  source: text('source').notNull(),
  seenAt: time('seen_at').notNull(),
})

export const apiKeys = pgTable('api_keys', {
  keyid: text('keyid').primaryKey(),
  name: text('name').notNull(),
  secretHmac: bytea('secret_hmac'),
  scopes: text('scopes', { enum: SCOPES }).array().notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  lastUsedAt: time('last_used_at'),
  revokedAt: time('revoked_at'),
  bcryptHash: text('bcrypt_hash'),
  previousHmac: bytea('previous_hmac'),
  previousUntil: time('previous_until'),
  limitPerMinute: integer('limit_per_minute'),
  expiresAt: time('expires_at'),
  rotatedAt: time('rotated_at'),
  limitId: text('limit_id'),
})

/** Sessions of the page: a cookie stands for a key. */
export const sessions = pgTable('sessions', {
  id: uuid('id').primaryKey(),
  keyid: text('keyid')
    .notNull()
    .references(() => apiKeys.keyid, { onDelete: 'cascade' }),
  secretHmac: bytea('secret_hmac').notNull(),
  keyHmac: bytea('key_hmac').notNull(),
  browser: text('browser').notNull(),
  createdAt: time('created_at').notNull(),
  lastSeenAt: time('last_seen_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  endedAt: time('ended_at'),
})

/** Programs that send leads, with the encrypted secrets of their signatures. */
export const webhookSources = pgTable('webhook_sources', {
  id: uuid('id').primaryKey(),
  keyid: text('keyid')
    .notNull()
    .references(() => apiKeys.keyid, { onDelete: 'cascade' }),
  name: text('name').notNull(),
  secret: text('secret'),
  previousSecret: text('previous_secret'),
  previousUntil: time('previous_until'),
  createdAt: time('created_at').notNull(),
  rotatedAt: time('rotated_at'),
  revokedAt: time('revoked_at'),
  lastDeliveryAt: time('last_delivery_at'),
})

/** Deliveries of webhooks that were stored. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    sourceId: uuid('source_id')
      .notNull()
      .references(() => webhookSources.id, { onDelete: 'cascade' }),
    id: text('id').notNull(),
    bodyHash: bytea('body_hash').notNull(),
    importId: uuid('import_id')
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    receivedAt: time('received_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sourceId, table.id] })],
)

/** What was made under which Idempotency-Key. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    keyid: text('keyid')
      .notNull()
      .references(() => apiKeys.keyid, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    requestHash: bytea('request_hash').notNull(),
    claim: uuid('claim').notNull(),
    lockedUntil: time('locked_until').notNull(),
    createdAt: time('created_at').notNull(),
    made: jsonb('made'),
    status: smallint('status'),
    location: text('location'),
    body: text('body'),
  },
  (table) => [primaryKey({ columns: [table.keyid, table.key] })],
)

export const scanJobs = pgTable('scan_jobs', {
  id: uuid('id').primaryKey(),
  keyid: text('keyid').references(() => apiKeys.keyid),
  received: integer('received').notNull(),
  duplicates: integer('duplicates').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  retries: integer('retries').notNull().default(0),
  kind: text('kind', { enum: JOB_KINDS }).notNull().default('scan'),
})

/** The partial-commit log: which batches of a job are in the database, and which are not. */
export const scanBatches = pgTable(
  'scan_batches',
  {
    jobId: uuid('job_id')
      .notNull()
      .references(() => scanJobs.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    state: text('state', { enum: BATCH_STATES }).notNull().default('unsent'),
    attempts: integer('attempts').notNull().default(0),
    error: text('error'),
    done: integer('done').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    queuedAt: time('queued_at'),
    finishedAt: time('finished_at'),
    /** The job's. */
    keyid: text('keyid'),
    /** That were put into it. */
    domains: integer('domains').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.number] })],
)

export const scanJobDomains = pgTable(
  'scan_job_domains',
  {
    jobId: uuid('job_id')
      .notNull()
      .references(() => scanJobs.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    batch: integer('batch'),
    input: text('input').notNull(),
    domain: text('domain'),
    outcome: text('outcome', { enum: OUTCOMES }).notNull().default('pending'),
    reason: text('reason'),
    message: text('message'),
    attempts: integer('attempts').notNull().default(0),
    finishedAt: time('finished_at'),
    /** Hosts that a refused input names; null: not worked out. */
    names: text('names').array(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.position] })],
)

/** One row, or none while the defaults hold. */
export const rescanSchedule = pgTable('rescan_schedule', {
  onlyRow: boolean('only_row').primaryKey().default(true),
  everyDays: integer('every_days').notNull(),
  budget: integer('budget').notNull(),
  timezone: text('timezone').notNull(),
  pausedAt: time('paused_at'),
  pausedBy: text('paused_by'),
  changedAt: time('changed_at').notNull(),
  changedBy: text('changed_by').notNull(),
})

/** The sign-in to Microsoft Partner Center, and how far its referrals were read. One row, or none. */
export const partnerCenter = pgTable('partner_center', {
  onlyRow: boolean('only_row').primaryKey().default(true),
  tenant: text('tenant').notNull(),
  clientId: text('client_id').notNull(),
  clientSecret: text('client_secret').notNull(),
  refreshToken: text('refresh_token').notNull(),
  ownDomains: text('own_domains').array().notNull().default([]),
  generation: integer('generation').notNull().default(1),
  problem: text('problem'),
  refreshedAt: time('refreshed_at').notNull(),
  connectedAt: time('connected_at').notNull(),
  connectedBy: text('connected_by').notNull(),
  lease: uuid('lease'),
  leasedUntil: time('leased_until'),
  retryAt: time('retry_at'),
  readTo: text('read_to'),
  syncedAt: time('synced_at'),
  isComplete: boolean('is_complete').notNull().default(false),
  unsentJob: uuid('unsent_job'),
})

/** What Hunter keeps of each referral. */
export const partnerCenterReferrals = pgTable('partner_center_referrals', {
  id: text('id').primaryKey(),
  engagementId: text('engagement_id'),
  eTag: text('etag'),
  updatedAt: text('updated_at').notNull(),
  kind: text('kind', { enum: REFERRAL_KINDS }).notNull(),
  type: text('type'),
  qualification: text('qualification'),
  status: text('status'),
  substatus: text('substatus'),
  tenantId: text('tenant_id'),
  companyId: bigint('company_id', { mode: 'number' }).references(() => companies.id, { onDelete: 'cascade' }),
  rawLeadId: bigint('raw_lead_id', { mode: 'number' }).references(() => rawLeads.id, { onDelete: 'cascade' }),
  domainMissing: text('domain_missing', { enum: DOMAIN_MISSING }),
  closedAt: time('closed_at'),
})

export const auditLog = pgTable('audit_log', {
  id: id(),
  at: time('at').notNull().defaultNow(),
  actor: text('actor').notNull(),
  action: text('action').notNull(),
  object: text('object').notNull(),
  details: jsonb('details').notNull().default({}),
  requestId: text('request_id'),
})

/** Companies that were erased; the domain is not stored. */
export const erasures = pgTable('erasures', {
  id: uuid('id').primaryKey(),
  /** HMAC-SHA-256: 32 bytes. */
  domainHash: bytea('domain_hash').notNull(),
  /** Names the key of the hash. */
  keyId: text('key_id').notNull(),
  erasedAt: time('erased_at').notNull(),
})
