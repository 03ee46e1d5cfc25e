import * as z from 'zod/mini'
import { count, cursor, describeField, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { changeFields, lead, NO_LEAD, leadPath } from '#api/leads/contract'
import { move } from '#api/moves/contract'
import { rescanBody, scheduleBody } from '#api/rescans/inputs'
import type { rescanTable } from '#api/rescans/table'
import { job } from '#api/scans/contract'
import { CHANGE_TYPES } from '#leads/changes/change-types'
import { HOLDS } from '#scans/rescans/plan-rescans'

const rescan = z.object({
  ...lead.shape,
  changes: describeField(
    z.array(z.object({ type: describeField(z.enum(CHANGE_TYPES), 'What changed'), ...changeFields })),
    'What changed since the previous scan',
  ),
  moves: describeField(
    z.array(move),
    'Migrations since the previous scan; a signal that is unknown in either scan makes none',
  ),
})

const rescanJob = z.object({
  matching: describeField(
    z.object({
      value: describeField(count, 'Leads that match the filter, or that the list names', 4_200),
      exact: describeField(z.boolean(), 'False: an estimate'),
    }),
    'How many leads match',
  ),
  selected: describeField(count, 'Domains of the job, or that it would have', 4_200),
  next_cursor: cursor,
  job: describeField(z.nullable(job), 'The job; null for a dry run'),
})

const schedule = z.object({
  every_days: describeField(count, 'A lead is due when its answer is older than so many days', 30),
  budget: describeField(count, 'Domains that the schedule may take up in a day', 10_000),
  timezone: describeField(z.string(), 'Time zone in which a day begins', 'Europe/Istanbul'),
  paused: describeField(
    z.nullable(
      z.object({
        since: describeField(time, 'When it was paused'),
        by: describeField(z.string(), 'Actor that paused it', 'key:3kTMd92aXb0Q'),
      }),
    ),
    'null: not paused',
  ),
  changed: describeField(
    z.nullable(
      z.object({
        at: describeField(time, 'When it was last changed'),
        by: describeField(z.string(), 'Actor that changed it', 'key:3kTMd92aXb0Q'),
      }),
    ),
    'null: the defaults hold',
  ),
  spent: describeField(count, 'Domains taken up today', 1_200),
  due: describeField(count, 'Leads that are due; 10,001: more than 10,000', 340),
  behind_seconds: describeField(count, 'How long the oldest lead has been due; 0: none is', 7_200),
  hold: describeField(z.nullable(z.enum(HOLDS)), 'Why no rescan starts now; null: the next run starts some'),
})

const answers = { rescan, rescanJob, schedule }

export const rescanContract = {
  answers,
  operations: {
    rescanLead: {
      summary: 'Scan a lead again',
      description:
        'Scans a lead again, saves it, lists what changed, and names a migration such as `hosting → google`.',
      idempotent: true,
      ...leadPath,
      answer: 'rescan',
      errors: [...NO_LEAD, 'SCANS_BUSY', 'LEAD_ERASED'],
    },
    rescanLeads: {
      summary: 'Scan many leads again as a job',
      description:
        'Scans leads again as a job: those of a list, or those that match the filters of `GET /leads`, the best score first and 10,000 at most. `next_cursor` chooses the next ones. A domain that is no lead fails with LEAD_NOT_FOUND. `dry_run` counts, and creates no job.',
      idempotent: true,
      body: rescanBody,
      example: { body: { filter: { segment: 'Migration', score_min: 60 }, limit: 500 } },
      status: 202,
      hasLocation: true,
      answer: 'rescanJob',
      errors: [...NOT_JSON, 'LEAD_NOT_FOUND', 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
    },
    getSchedule: {
      summary: 'Get the schedule of rescans',
      description:
        'Returns the schedule that scans leads again when their answer is old, what it did today, and what waits. It starts nothing while people’s bulk scans wait.',
      answer: 'schedule',
    },
    putSchedule: {
      summary: 'Change the schedule of rescans',
      description:
        'Changes the fields that are given and leaves the others. Once the answer says that it is paused, no rescan starts, and rescans that wait for their turn are put back.',
      idempotent: { not: 'the same change gives the same schedule' },
      body: scheduleBody,
      example: { body: { every_days: 14, budget: 50_000 } },
      answer: 'schedule',
      errors: NOT_JSON,
    },
  },
} satisfies Contract<typeof rescanTable, typeof answers>
