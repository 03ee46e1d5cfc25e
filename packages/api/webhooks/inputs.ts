import * as z from 'zod/mini'

export const revokeWebhookQuery = z.strictObject({
  secret: z._default(
    z
      .enum(['all', 'previous'], 'must be all or previous')
      .check(z.describe('previous ends only the secret from before the last rotation, and the webhook works on')),
    'all',
  ),
})
