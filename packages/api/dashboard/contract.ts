import * as z from 'zod/mini'
import { count, describeField, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { dashboardQuery } from '#api/dashboard/inputs'
import type { dashboardTable } from '#api/dashboard/table'
import { changeFields, leadRow, verdict } from '#api/leads/contract'
import { CHANGE_TYPES } from '#leads/changes/change-types'

const leads = describeField(count, 'Number of leads', 120)

/** The stored copy is held to this, too. */
export const dashboard = z.object({
  days: describeField(z.int().check(z.gte(1)), 'Days of the trend, today included', 30),
  timezone: describeField(z.string(), 'Time zone in which a day begins and ends', 'Europe/Istanbul'),
  counted_at: time.check(z.describe('When this was counted; the answer may be up to a minute old')),
  leads,
  segments: z
    .array(z.object({ segment: verdict.segment, leads }))
    .check(z.describe('Every segment, even an empty one')),
  priorities: z
    .array(z.object({ priority: verdict.priority, leads }))
    .check(z.describe('Every priority; 1 means call first')),
  providers: z
    .array(
      z.object({
        provider: describeField(z.string(), 'Id of the mailbox provider', 'google-workspace'),
        leads,
        share: describeField(z.number().check(z.gte(0), z.lte(100)), 'Percent of all leads, to one decimal', 41.5),
      }),
    )
    .check(z.describe('The mix of mailbox providers, most leads first')),
  trend: z
    .array(
      z.object({
        day: describeField(z.iso.date(), 'The day', '2026-11-20'),
        scans: describeField(count, 'Scans saved on that day; before migration 0013, only the newest of each lead', 40),
        changes: describeField(count, 'Changes found on that day', 3),
      }),
    )
    .check(z.describe('Oldest day first; a day without work has zeros')),
  top_opportunities: z
    .array(leadRow)
    .check(
      z.describe('The ten best leads that are worth a call: by priority, then by score; none of the segment Skip'),
    ),
  recent_activity: z
    .array(
      z.object({
        id: describeField(count, 'Id of the change', 42),
        domain: describeField(z.string(), 'Domain of the lead', 'acme.com.tr'),
        type: describeField(z.enum(CHANGE_TYPES), 'What changed'),
        ...changeFields,
      }),
    )
    .check(z.describe('The newest 20 changes, newest first')),
})

const answers = { dashboard }

export const dashboardContract = {
  answers,
  operations: {
    getDashboard: {
      summary: 'Get the dashboard',
      description:
        'Returns counts by segment, priority and provider, the trend by day, the best leads and the newest changes.',
      query: dashboardQuery,
      answer: 'dashboard',
      errors: ['VALIDATION_FAILED'],
    },
  },
} satisfies Contract<typeof dashboardTable, typeof answers>
