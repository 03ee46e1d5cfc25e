import * as z from 'zod/mini'
import { GRACE_SECONDS, GRACE_SECONDS_MAX } from '#keys/lifecycle'

const GRACE = `must be a whole number of seconds from 0 to ${GRACE_SECONDS_MAX}`

export const rotateKeyBody = z.strictObject({
  grace_seconds: z._default(
    z
      .int(GRACE)
      .check(
        z.gte(0, GRACE),
        z.lte(GRACE_SECONDS_MAX, GRACE),
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
