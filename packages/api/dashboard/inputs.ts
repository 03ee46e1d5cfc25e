/** Input of the dashboard, for the API and the command. */
import * as z from 'zod/mini'
import { wholeNumber } from '#api/http/fields'
import { DASHBOARD_DAYS_MAX, DASHBOARD_ZONE } from '#leads/dashboard/read-dashboard'
import { isTimezone } from '#platform/local-time'

/** Offsets such as +03:00 are refused: they know no daylight saving. */
const NAMED_ZONE = /^[A-Za-z][\w+/-]{0,63}$/

const DEFAULT_DAYS = 30

export const dashboardQuery = z.strictObject({
  days: z._default(wholeNumber(1, DASHBOARD_DAYS_MAX, 'Days of the trend, today included'), DEFAULT_DAYS),
  timezone: z._default(
    z.string().check(
      z.refine((name: string) => NAMED_ZONE.test(name) && isTimezone(name), {
        error: 'must be the name of a time zone, such as Europe/Istanbul',
      }),
      z.describe('Time zone in which a day begins and ends, by its IANA name'),
    ),
    DASHBOARD_ZONE,
  ),
})
