import * as z from 'zod/mini'
import { defineWholeNumber } from '#db/input-fields'
import { GRACE_SECONDS, GRACE_SECONDS_MAX } from '#keys/lifecycle'

export const rotateKeyBody = z.strictObject({
  grace_seconds: z._default(
    defineWholeNumber(0, GRACE_SECONDS_MAX, 'of seconds').check(
      z.describe('Seconds that the old secret still works; 0 ends it at once'),
    ),
    GRACE_SECONDS,
  ),
})
export const revokeKeyQuery = z.strictObject({
  force: z.optional(
    z
      .enum(['true', 'false'], 'must be true or false')
      .check(z.describe('true revokes the key even if it is the last active administrator key')),
  ),
})
