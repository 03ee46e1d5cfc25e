/** What each operation answers as `data`. Written once: the document is made of it, and tests hold real answers to it. */
import * as z from 'zod/mini'
import { signalName, signals } from '#api/contract/signals'
import { CHANGE_CAUSES, OUTCOMES, OVERRIDE_SIGNALS, SCOPES } from '#db/tables'
import { ALERT_TYPES, CHANGE_TYPES } from '#leads/changes/change-types'
import { SALES_LANGUAGES } from '#leads/sales/summary'
import { SEGMENTS } from '#leads/score/segment'
import { JOB_STATES } from '#scans/bulk/job-progress'

export { signals }

const time = z.iso.datetime()
const count = z.int().check(z.gte(0))
const texts = z.array(z.string())
const points = z.int().check(z.gte(0), z.lte(100))
const cursor = z.nullable(z.string())

const verdict = {
  segment: z.enum(SEGMENTS),
  segment_reason: z.string(),
  priority: z.int().check(z.gte(1), z.lte(7)),
  provisional: z.boolean(),
}
const range = { score: points, score_min: points, score_max: points, rules_version: count }

export const scoreLine = z.object({
  rule: z.string(),
  points: z.int(),
  min: z.int(),
  max: z.int(),
  state: z.enum(['present', 'absent', 'unknown']),
  evidence: z.string(),
  counterfactual: z.nullable(z.object({ rule: z.string(), points: count, text: z.string() })),
})

export const tenant = z.object({ signal: signalName, evidence: z.string(), proves: z.boolean() })
export const provider = z.object({
  mailbox: z.object({
    id: z.string(),
    name: z.string(),
    kind: z.string(),
    confidence: z.number(),
    settled: z.boolean(),
  }),
  gateway: z.nullable(
    z.object({ id: z.string(), name: z.string(), kind: z.enum(['filter', 'forwarder']), confidence: z.number() }),
  ),
  votes: z.array(
    z.object({
      role: z.enum(['mailbox', 'gateway']),
      provider: z.string(),
      signal: signalName,
      weight: z.number(),
      evidence: z.string(),
      fingerprint: z.string(),
    }),
  ),
  tenants: z.object({ microsoft365: z.array(tenant), google: z.array(tenant), unanswered: z.array(signalName) }),
})

export const lead = z.object({
  domain: z.string(),
  ...verdict,
  ...range,
  breakdown: z.array(scoreLine),
  provider,
  signals,
  unanswered: z.array(signalName),
  queries: count,
  scanned_at: time,
})

const scalar = z.union([z.string(), z.number(), z.null()])
const change = { old: scalar, new: scalar, cause: z.enum(CHANGE_CAUSES), at: time }

export const rescan = z.object({
  ...lead.shape,
  changes: z.array(z.object({ type: z.enum(CHANGE_TYPES), ...change })),
})

export const leadPage = z.object({
  leads: z.array(
    z.object({
      domain: z.string(),
      ...verdict,
      ...range,
      mailbox: z.string(),
      gateway: z.nullable(z.string()),
      scanned_at: time,
    }),
  ),
  next_cursor: cursor,
})

export const scoreBreakdown = z.object({
  domain: z.string(),
  ...range,
  sum: z.int(),
  breakdown: z.array(scoreLine),
  ...verdict,
  scanned_at: time,
})

export const salesSummary = z.object({
  domain: z.string(),
  one_liner: z.string(),
  call_script: z.string(),
  discovery_questions: texts,
  offer_tier: z.string(),
  opportunity_potential: points,
  urgency: z.enum(['low', 'medium', 'high']),
  metadata: z.object({
    language: z.enum(SALES_LANGUAGES),
    version: count,
    offer_name: z.string(),
    reasons: z.object({ offer_tier: z.string(), opportunity_potential: texts, urgency: z.string() }),
    segment: verdict.segment,
    priority: verdict.priority,
    score: points,
    provisional: z.boolean(),
    unchecked: texts,
    scanned_at: time,
  }),
})

export const history = z.object({
  domain: z.string(),
  changes: z.array(z.object({ id: count, type: z.enum(CHANGE_TYPES), ...change })),
  next_cursor: cursor,
})

export const alertPage = z.object({
  alerts: z.array(z.object({ id: count, type: z.enum(ALERT_TYPES), domain: z.string(), ...change })),
  next_cursor: cursor,
})

const jobFields = {
  id: z.uuid(),
  state: z.enum(JOB_STATES),
  created_by: z.string(),
  created_at: time,
  received: count,
  duplicates: count,
  /** Times that domains were opened again: nothing else makes the counts of those that have ended fall. */
  retries: count,
}

export const jobList = z.object({ jobs: z.array(z.object(jobFields)), next_cursor: cursor })

export const job = z.object({
  ...jobFields,
  domains: z.object({ pending: count, done: count, failed: count, cancelled: count }),
  batches: z.object({ unsent: count, queued: count, committed: count, failed: count, cancelled: count }),
})

export const redriven = z.object({
  /** Messages that are in the queue again. */
  moved: count,
  /** What names no batch, and stays where it is. */
  unreadable: count,
  /** There may be more: ask again. */
  more: z.boolean(),
})

export const jobPage = z.object({
  ...job.shape,
  outcomes: z.array(
    z.object({
      position: count,
      input: z.string(),
      domain: z.nullable(z.string()),
      outcome: z.enum(OUTCOMES),
      reason: z.nullable(z.string()),
      message: z.nullable(z.string()),
      attempts: count,
      finished_at: z.nullable(time),
    }),
  ),
  next_after: z.nullable(count),
})

const overrideKey = { signal: z.enum(OVERRIDE_SIGNALS), suffix: z.string() }
export const overrideName = z.object(overrideKey)
export const override = z.object({
  ...overrideKey,
  provider_id: z.string(),
  note: z.string(),
  created_by: z.string(),
  created_at: time,
})
export const overrideList = z.object({ overrides: z.array(override), next_cursor: cursor })

export const about = z.object({
  name: z.string(),
  version: z.string(),
  about: z.string(),
  authorization: z.string(),
  documentation: texts,
})
export const health = z.object({ status: z.enum(['alive', 'started']) })
export const readiness = z.object({
  status: z.enum(['ready', 'degraded']),
  parts: z.array(z.object({ name: z.string(), state: z.enum(['up', 'down']), ms: count })),
})

const maybeTime = z.nullable(time)
export const keyInfo = z.object({
  keyid: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  state: z.enum(['active', 'revoked', 'expired']),
  limit_per_minute: z.nullable(count),
  created_at: time,
  last_used_at: maybeTime,
  expires_at: maybeTime,
  rotated_at: maybeTime,
  previous_until: maybeTime,
  revoked_at: maybeTime,
  imported: z.boolean(),
})
export const keyList = z.object({ keys: z.array(keyInfo), next_cursor: cursor })
export const newKey = z.object({ keyid: z.string(), key: z.string() })
export const rotatedKey = z.object({ keyid: z.string(), key: z.string(), previous_until: maybeTime })
