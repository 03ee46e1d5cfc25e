/** Fields of a new webhook, for the API and the command. */
import * as z from 'zod/mini'
import { defineLine } from '#db/input-fields'

export const newWebhookBody = z.strictObject({
  name: defineLine(1, 100).check(z.describe('Name of the sender; its leads have it as their source')),
  keyid: z
    .string('must be text')
    .check(z.describe('Id of the API key that the sender uses; the key needs the scope write')),
})
