import * as z from 'zod/mini'
import { count, cursor, texts, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { signalName, signals } from '#api/contract/signals'
import { pageQuery } from '#api/http/fields'
import { leadQuery } from '#api/leads/inputs'
import type { leadTable } from '#api/leads/table'
import { CHANGE_CAUSES } from '#db/tables'
import { CHANGE_TYPES } from '#leads/changes/change-types'
import { SALES_LANGUAGES } from '#leads/sales/summary'
import { SEGMENTS } from '#leads/score/segment'
import type { ErrorCode } from '#platform/errors'

const points = z.int().check(z.gte(0), z.lte(100))
export const verdict = {
  segment: z.enum(SEGMENTS),
  segment_reason: z.string(),
  priority: z.int().check(z.gte(1), z.lte(7)),
  provisional: z.boolean(),
}
const scoreFields = { score: points, score_min: points, score_max: points, rules_version: count }

const scoreLine = z.object({
  rule: z.string(),
  points: z.int(),
  min: z.int(),
  max: z.int(),
  state: z.enum(['present', 'absent', 'unknown']),
  evidence: z.string(),
  counterfactual: z.nullable(z.object({ rule: z.string(), points: count, text: z.string() })),
})

const tenant = z.object({ signal: signalName, evidence: z.string(), proves: z.boolean() })
const provider = z.object({
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
  ...scoreFields,
  breakdown: z.array(scoreLine),
  provider,
  signals,
  unanswered: z.array(signalName),
  queries: count,
  scanned_at: time,
})

const scalar = z.union([z.string(), z.number(), z.null()])
/** Fields that every change has; the lists add what changed. */
export const changeFields = { old: scalar, new: scalar, cause: z.enum(CHANGE_CAUSES), at: time }

/** A lead in a list. */
export const leadRow = z.object({
  domain: z.string(),
  ...verdict,
  ...scoreFields,
  mailbox: z.string(),
  gateway: z.nullable(z.string()),
  scanned_at: time,
})

const leadPage = z.object({ leads: z.array(leadRow), next_cursor: cursor })

const scoreBreakdown = z.object({
  domain: z.string(),
  ...scoreFields,
  sum: z.int().check(z.describe('Sum of the points before it is limited to 0..100')),
  breakdown: z.array(scoreLine),
  ...verdict,
  scanned_at: time,
})

const salesSummary = z.object({
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

const history = z.object({
  domain: z.string(),
  changes: z.array(z.object({ id: count, type: z.enum(CHANGE_TYPES), ...changeFields })),
  next_cursor: cursor,
})

const answers = { lead, leadRow, leadPage, scoreBreakdown, salesSummary, history, signals, provider, tenant, scoreLine }

/** Shared by every route that names a lead by its domain. */
export const leadPath = {
  params: z.object({ domain: z.string().check(z.describe('Domain of the lead')) }),
  example: { params: { domain: 'acme.com.tr' } },
}
export const NO_LEAD: ErrorCode[] = ['DOMAIN_INVALID', 'LEAD_NOT_FOUND']

export const leadContract = {
  answers,
  operations: {
    listLeads: {
      summary: 'List leads, filtered and sorted',
      query: leadQuery,
      answer: 'leadPage',
      errors: ['VALIDATION_FAILED'],
    },
    getLead: {
      summary: 'Get a lead with all of its evidence',
      ...leadPath,
      answer: 'lead',
      errors: NO_LEAD,
    },
    getSalesSummary: {
      summary: 'Get the sales summary of a lead, in Turkish or English by Accept-Language',
      ...leadPath,
      answer: 'salesSummary',
      errors: NO_LEAD,
    },
    getScoreBreakdown: {
      summary: 'Get the rules behind a score and what would change it',
      ...leadPath,
      answer: 'scoreBreakdown',
      errors: NO_LEAD,
    },
    listHistory: {
      summary: 'List the changes of a lead, newest first',
      ...leadPath,
      query: pageQuery,
      answer: 'history',
      errors: [...NO_LEAD, 'VALIDATION_FAILED'],
    },
  },
} satisfies Contract<typeof leadTable, typeof answers>
