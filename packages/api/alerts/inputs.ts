import * as z from 'zod/mini'
import { pageFields } from '#api/http/fields'
import { ALERT_TYPES } from '#leads/changes/change-types'

export const alertQuery = z.strictObject({
  ...pageFields,
  type: z.optional(
    z.enum(ALERT_TYPES, `must be one of ${ALERT_TYPES.join(', ')}`).check(z.describe('Only alerts of this type')),
  ),
})
