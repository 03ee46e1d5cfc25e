import * as z from 'zod/mini'
import { isTimezone } from '#platform/local-time'
import { BUDGET_MAX, EVERY_DAYS_MAX } from '#scans/rescans/schedule'

const EVERY = `must be a whole number of days from 1 to ${EVERY_DAYS_MAX}`
const BUDGET = `must be a whole number from 0 to ${BUDGET_MAX}`

/** Fields that are absent stay as they are. */
export const scheduleBody = z
  .strictObject({
    every_days: z.optional(
      z
        .int(EVERY)
        .check(
          z.gte(1, EVERY),
          z.lte(EVERY_DAYS_MAX, EVERY),
          z.describe('A lead is scanned again when its answer is older than so many days'),
        ),
    ),
    budget: z.optional(
      z
        .int(BUDGET)
        .check(
          z.gte(0, BUDGET),
          z.lte(BUDGET_MAX, BUDGET),
          z.describe('Domains that the schedule may take up in a day'),
        ),
    ),
    timezone: z.optional(
      z
        .string('must be text')
        .check(
          z.refine(isTimezone, 'must be a name such as Europe/Istanbul'),
          z.describe('Time zone in which a day begins'),
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
