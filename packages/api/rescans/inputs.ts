import * as z from 'zod/mini'
import { pageFields } from '#api/http/fields'
import { filters, scoreRange } from '#api/leads/inputs'
import { domainList } from '#api/scans/inputs'
import { defineWholeNumber } from '#db/input-fields'
import { isTimezone } from '#platform/local-time'
import { JOB_DOMAINS_MAX } from '#scans/bulk/create-job'
import { BUDGET_MAX, EVERY_DAYS_MAX } from '#scans/rescans/schedule'

/** Fields that are absent stay as they are. */
export const scheduleBody = z
  .strictObject({
    every_days: z.optional(
      defineWholeNumber(1, EVERY_DAYS_MAX, 'of days').check(
        z.describe('A lead is scanned again when its answer is older than so many days'),
      ),
    ),
    budget: z.optional(
      defineWholeNumber(0, BUDGET_MAX).check(z.describe('Domains that the schedule may take up in a day')),
    ),
    timezone: z.optional(
      z
        .string('must be text')
        .check(
          z.refine(isTimezone, 'must be a name such as Europe/Istanbul'),
          z.meta({ description: 'Time zone in which a day begins', examples: ['Europe/Istanbul'] }),
        ),
    ),
    paused: z.optional(
      z.boolean('must be true or false').check(z.describe('true: no rescan starts until it is false')),
    ),
  })
  .check(
    z.refine(
      (body) => Object.values(body).some((value) => value !== undefined),
      'must name at least one field to change',
    ),
  )

const score = (description: string) =>
  z.optional(defineWholeNumber(0, 100).check(z.meta({ description, examples: [60] })))

/** The filters of the list, with numbers as JSON has them. */
const leadFilter = z
  .strictObject({
    ...filters,
    score_min: score('Only leads with at least this score'),
    score_max: score('Only leads with at most this score'),
  })
  .check(scoreRange)

export const rescanBody = z
  .strictObject({
    domains: z.optional(domainList),
    filter: z.optional(leadFilter).check(z.describe('Leads that match these filters of the list, best score first')),
    limit: z._default(
      defineWholeNumber(1, JOB_DOMAINS_MAX).check(z.describe('Most leads that the filter may choose')),
      JOB_DOMAINS_MAX,
    ),
    cursor: pageFields.cursor,
    dry_run: z._default(
      z.boolean('must be true or false').check(z.describe('true: only counts the leads, and creates no job')),
      false,
    ),
  })
  .check(
    z.refine(({ domains, filter }) => (domains === undefined) !== (filter === undefined), {
      path: ['filter'],
      message: 'must be given, or domains, and not both',
    }),
    z.refine(({ filter, cursor }) => filter !== undefined || cursor === undefined, {
      path: ['cursor'],
      message: 'has a meaning only with a filter',
    }),
  )
