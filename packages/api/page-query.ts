/** What pages of lists can be asked for, by URL or by command line. */
import * as z from 'zod/mini'
import { pageLimit } from '#api/http/fields'
import { ALERT_TYPES } from '#leads/changes/change-types'

export const pageFields = {
  limit: pageLimit(200, 50),
  cursor: z.optional(z.string().check(z.maxLength(1_000, 'must be the next_cursor of the page before'))),
}

/** Of a list without filters. */
export const pageQuery = z.strictObject(pageFields)
export const alertQuery = z.strictObject({
  ...pageFields,
  type: z.optional(z.enum(ALERT_TYPES, `must be one of ${ALERT_TYPES.join(', ')}`)),
})
