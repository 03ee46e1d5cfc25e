import * as z from 'zod/mini'

/** RFC 8058 section 3.1. Mail services decide what else they send, so nothing else is refused. */
export const unsubscribeBody = z.object({
  'List-Unsubscribe': z
    .literal('One-Click', 'must be One-Click')
    .check(z.meta({ description: 'Always One-Click, as RFC 8058 says', examples: ['One-Click'] })),
})
