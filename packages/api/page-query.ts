/** What pages of history and alerts can be asked for, by URL or by command line. */
import * as z from 'zod/mini'
import { pageLimit } from '#api/http/fields'
import { ALERT_TYPES } from '#leads/changes/change-types'

const page = {
  limit: pageLimit(200, 50),
  cursor: z.optional(z.string().check(z.maxLength(1_000, 'must be the next_cursor of the page before'))),
}

export const historyQuery = z.strictObject(page)
export const alertQuery = z.strictObject({
  ...page,
  type: z.optional(z.enum(ALERT_TYPES, `must be one of ${ALERT_TYPES.join(', ')}`)),
})
