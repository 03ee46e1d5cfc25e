/** Every operation of the API: what it takes (the schemas that validate it), what it answers, and how it fails. */
import * as z from 'zod/mini'
import type * as answers from '#api/contract/answers'
import { newKeyBody } from '#keys/fields'
import { leadQuery } from '#api/leads/query'
import { alertQuery, pageQuery } from '#api/page-query'
import { revokeKeyQuery, rotateKeyBody } from '#api/keys/routes'
import { overrideBody, overrideKey } from '#api/provider-overrides/routes'
import { jobQuery, manyDomains, oneDomain, outcomePage } from '#api/scans/routes'
import type { Scope } from '#db/tables'
import type { ErrorCode } from '#platform/errors'

export interface Operation {
  summary: string
  /** Absent: no key is asked for. */
  scope?: Scope | 'read or write'
  params?: z.ZodMiniObject
  query?: z.ZodMiniObject
  body?: z.ZodMiniObject
  /** A path and a body that work, once the lead and the job that they name are there. */
  example?: { params?: Record<string, string>; body?: unknown }
  status?: 200 | 201 | 202
  /** Takes an Idempotency-Key; where an operation that changes something takes none, why it may be sent twice all the same. */
  idempotent?: true | { not: string }
  /** Name of the answer's schema in `answers.ts`; `text` is plain, in no envelope. */
  answer: keyof typeof answers | 'text'
  /** Beside those of every operation with a key. */
  errors?: ErrorCode[]
}

const domain = z.object({ domain: z.string() })
const jobId = z.object({ job: z.uuid() })
const ofDomain = { params: domain, example: { params: { domain: 'acme.com.tr' } } }
const ofJob = { params: jobId, example: { params: { job: '0190f0a0-0000-7000-8000-000000000000' } } }
const ofKey = { params: z.object({ keyid: z.string() }), example: { params: { keyid: '3kTMd92aXb0Q' } } }
const exampleOverride = { params: { signal: 'mx', suffix: 'mail.acme-hosting.com' }, body: { provider_id: 'yandex' } }

const NOT_JSON: ErrorCode[] = ['BODY_NOT_JSON', 'BODY_TYPE_UNSUPPORTED', 'BODY_TOO_LARGE', 'VALIDATION_FAILED']
const NO_LEAD: ErrorCode[] = ['DOMAIN_INVALID', 'LEAD_NOT_FOUND']

/** By `method path`, with the path as OpenAPI writes it. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'get /': { summary: 'What this is', answer: 'about' },
  'get /healthz/live': { summary: 'Whether the process answers', answer: 'health' },
  'get /healthz/ready': {
    summary: 'Whether the parts it needs answer; degraded is said',
    answer: 'readiness',
    errors: ['NOT_READY'],
  },
  'get /healthz/startup': {
    summary: 'Whether the database is migrated',
    answer: 'health',
    errors: ['NOT_READY', 'DATABASE_UNAVAILABLE'],
  },
  'get /healthz/metrics': {
    summary: "What was counted, in Prometheus's text format; a key is asked for unless HUNTER_METRICS is open",
    scope: 'read',
    answer: 'text',
  },
  'post /api/v1/scan/domain': {
    summary: 'Scan a domain and keep it as a lead',
    scope: 'write',
    idempotent: true,
    body: oneDomain,
    example: { body: { domain: 'acme.com.tr' } },
    answer: 'lead',
    errors: [...NOT_JSON, 'DOMAIN_INVALID', 'SCANS_BUSY'],
  },
  'post /api/v1/scan/bulk': {
    summary:
      'Scan up to 10,000 domains as a job; a key may have so many domains open at once (20,000 unless the service sets another number)',
    scope: 'write',
    idempotent: true,
    body: manyDomains,
    example: { body: { domains: ['acme.com.tr', 'https://www.example.com/'] } },
    status: 202,
    answer: 'job',
    errors: [...NOT_JSON, 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
  },
  'get /api/v1/scan/bulk': {
    summary: 'The jobs that the key made, or all for administrators: the newest first, by state, page by page',
    scope: 'read or write',
    query: jobQuery,
    answer: 'jobList',
    errors: ['VALIDATION_FAILED'],
  },
  'get /api/v1/scan/bulk/{job}': {
    summary:
      'How far a job is, and the outcome of each domain: what has ended stays so until a retry, which it counts. A key without read sees its own jobs',
    scope: 'read or write',
    ...ofJob,
    query: outcomePage,
    answer: 'jobPage',
    errors: ['VALIDATION_FAILED', 'JOB_NOT_FOUND'],
  },
  'post /api/v1/scan/bulk/{job}/retry': {
    summary:
      'Scan the failed and the cancelled domains of a job once more, and send again what its queue lost; for the key that made it, and administrators',
    scope: 'write',
    idempotent: true,
    ...ofJob,
    status: 202,
    answer: 'job',
    errors: ['JOB_NOT_FOUND', 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
  },
  'post /api/v1/scan/bulk/{job}/cancel': {
    summary:
      'End a job: what is scanned stays, open domains end as cancelled, and a retry would open them again; for the key that made it, and administrators',
    scope: 'write',
    idempotent: true,
    ...ofJob,
    answer: 'job',
    errors: ['JOB_NOT_FOUND'],
  },
  'post /api/v1/scan/dead-letters/redrive': {
    summary: 'Put batches that the queue gave up into it again, up to 1,000 of them',
    scope: 'admin',
    idempotent: true,
    answer: 'redriven',
    errors: ['QUEUE_UNAVAILABLE'],
  },
  'get /api/v1/leads': {
    summary: 'Leads, filtered and sorted, page by page',
    scope: 'read',
    query: leadQuery,
    answer: 'leadPage',
    errors: ['VALIDATION_FAILED'],
  },
  'get /api/v1/leads/{domain}': {
    summary: 'A lead with all of its evidence',
    scope: 'read',
    ...ofDomain,
    answer: 'lead',
    errors: NO_LEAD,
  },
  'get /api/v1/leads/{domain}/sales-summary': {
    summary: 'What to say to a lead, in Turkish or English by Accept-Language',
    scope: 'read',
    ...ofDomain,
    answer: 'salesSummary',
    errors: NO_LEAD,
  },
  'get /api/v1/leads/{domain}/score-breakdown': {
    summary: 'Why a lead has its score, and what would change it',
    scope: 'read',
    ...ofDomain,
    answer: 'scoreBreakdown',
    errors: NO_LEAD,
  },
  'get /api/v1/leads/{domain}/history': {
    summary: 'What changed about a lead, newest first',
    scope: 'read',
    ...ofDomain,
    query: pageQuery,
    answer: 'history',
    errors: [...NO_LEAD, 'VALIDATION_FAILED'],
  },
  'post /api/v1/leads/{domain}/rescan': {
    summary: 'Scan a lead again, and say what changed',
    scope: 'write',
    idempotent: true,
    ...ofDomain,
    answer: 'rescan',
    errors: [...NO_LEAD, 'SCANS_BUSY'],
  },
  'get /api/v1/alerts': {
    summary: 'Changes that somebody should hear of, newest first',
    scope: 'read',
    query: alertQuery,
    answer: 'alertPage',
    errors: ['VALIDATION_FAILED'],
  },
  'get /api/v1/admin/provider-overrides': {
    summary: 'Which hosts mean which provider, besides what is built in, page by page',
    scope: 'admin',
    query: pageQuery,
    answer: 'overrideList',
    errors: ['VALIDATION_FAILED'],
  },
  'put /api/v1/admin/provider-overrides/{signal}/{suffix}': {
    summary: 'Say which provider a host means',
    scope: 'admin',
    idempotent: true,
    params: overrideKey,
    body: overrideBody,
    example: exampleOverride,
    answer: 'override',
    errors: NOT_JSON,
  },
  'delete /api/v1/admin/provider-overrides/{signal}/{suffix}': {
    summary: 'Take a host as built in again',
    scope: 'admin',
    idempotent: true,
    params: overrideKey,
    example: { params: exampleOverride.params },
    answer: 'overrideName',
    errors: ['VALIDATION_FAILED', 'OVERRIDE_NOT_FOUND'],
  },
  'get /api/v1/admin/keys': {
    summary: 'All keys, the oldest first, page by page, with what may be known of them',
    scope: 'admin',
    query: pageQuery,
    answer: 'keyList',
    errors: ['VALIDATION_FAILED'],
  },
  'post /api/v1/admin/keys': {
    summary: 'Make a key; its text is in this answer alone',
    scope: 'admin',
    idempotent: true,
    body: newKeyBody,
    example: { body: { name: 'Sales dashboard', scopes: ['read'], limit_per_minute: 120 } },
    status: 201,
    answer: 'newKey',
    errors: NOT_JSON,
  },
  'post /api/v1/admin/keys/{keyid}/rotate': {
    summary:
      'Give a key a new secret; the old one opens for the grace too, and until it ends only grace_seconds 0 rotates again',
    scope: 'admin',
    idempotent: true,
    params: ofKey.params,
    body: rotateKeyBody,
    example: { ...ofKey.example, body: { grace_seconds: 3_600 } },
    answer: 'rotatedKey',
    errors: [...NOT_JSON, 'KEY_NOT_FOUND', 'KEY_NOT_ACTIVE', 'KEY_IN_GRACE'],
  },
  'delete /api/v1/admin/keys/{keyid}': {
    summary: 'End a key, everywhere within five seconds',
    scope: 'admin',
    idempotent: { not: 'a key that is revoked stays as it is, and the answer is the same' },
    ...ofKey,
    query: revokeKeyQuery,
    answer: 'keyInfo',
    errors: ['VALIDATION_FAILED', 'KEY_NOT_FOUND', 'KEY_LAST_ADMIN'],
  },
}
