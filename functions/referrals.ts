import { createReferrals } from '#runtime/referrals'

export const handler = createReferrals()
