import * as z from 'zod/mini'
import { count, describeField } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import type { referralTable } from '#api/referrals/table'
import { SYNC_HOLDS } from '#referrals/sync-run'

const referralSync = z.object({
  hold: describeField(
    z.nullable(z.enum(SYNC_HOLDS)),
    'Why it did not read, or not to the end: no sign-in yet, one that Microsoft refuses, a pause that Partner Center asked for, or another sync at work; null: it read',
    null,
  ),
  seen: describeField(count, 'Referrals that Partner Center sent, also those from before', 12),
  skipped: describeField(count, 'Referrals that were left out: without an id or a time, or refused by the database', 0),
  changed: describeField(count, 'New referrals, and those that changed', 3),
  scanned: describeField(count, 'Companies whose first scan began', 1),
  is_complete: describeField(
    z.boolean(),
    'False: more wait; send the request once more, or leave them to the schedule',
    true,
  ),
})

const answers = { referralSync }

export const referralContract = {
  answers,
  operations: {
    syncReferrals: {
      summary: 'Read the referrals that changed',
      description:
        'Reads referrals of Microsoft Partner Center that changed since the last sync, for up to 15 seconds, and stores them. The schedule does the same every ten minutes. The first referral of a new company starts its scan; a changed one judges its lead again. `hunter referrals connect` signs in.',
      idempotent: true,
      answer: 'referralSync',
      errors: ['PARTNER_SIGN_IN_EXPIRED', 'PARTNER_CENTER_REFUSED', 'PARTNER_CENTER_UNAVAILABLE', 'QUEUE_UNAVAILABLE'],
    },
  },
} satisfies Contract<typeof referralTable, typeof answers>
