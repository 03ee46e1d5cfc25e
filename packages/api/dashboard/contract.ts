import * as z from 'zod/mini'
import { count, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { dashboardQuery } from '#api/dashboard/inputs'
import type { dashboardTable } from '#api/dashboard/table'
import { changeFields, leadRow, verdict } from '#api/leads/contract'
import { CHANGE_TYPES } from '#leads/changes/change-types'

const leads = count.check(z.describe('Number of leads'))

/** The stored copy is held to this, too. */
export const dashboard = z.object({
  days: z.int().check(z.gte(1), z.describe('Days of the trend, today included')),
  timezone: z.string().check(z.describe('Time zone in which a day begins and ends')),
  counted_at: time.check(z.describe('When this was counted; the answer may be up to a minute old')),
  leads,
  segments: z
    .array(z.object({ segment: verdict.segment, leads }))
    .check(z.describe('Every segment, also an empty one')),
  priorities: z
    .array(z.object({ priority: verdict.priority, leads }))
    .check(z.describe('Every priority; 1 means call first')),
  providers: z
    .array(
      z.object({
        provider: z.string().check(z.describe('Id of the mailbox provider')),
        leads,
        share: z.number().check(z.gte(0), z.lte(100), z.describe('Percent of all leads, to one decimal')),
      }),
    )
    .check(z.describe('The mix of mailbox providers, most leads first')),
  trend: z
    .array(
      z.object({
        day: z.iso.date(),
        scans: count.check(z.describe('Scans saved on that day; before migration 0013, only the newest of each lead')),
        changes: count.check(z.describe('Changes found on that day')),
      }),
    )
    .check(z.describe('Oldest day first; a day without work has zeros')),
  top_opportunities: z.array(leadRow).check(z.describe('The ten best leads: by priority, then by score')),
  recent_activity: z
    .array(z.object({ id: count, domain: z.string(), type: z.enum(CHANGE_TYPES), ...changeFields }))
    .check(z.describe('The newest 20 changes, newest first')),
})

const answers = { dashboard }

export const dashboardContract = {
  answers,
  operations: {
    getDashboard: {
      summary: 'Get counts by segment, priority and provider, the trend by day, the best leads and the newest changes',
      query: dashboardQuery,
      answer: 'dashboard',
      errors: ['VALIDATION_FAILED'],
    },
  },
} satisfies Contract<typeof dashboardTable, typeof answers>
