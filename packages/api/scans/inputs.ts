import * as z from 'zod/mini'
import { pageFields, pageLimit, wholeNumber } from '#api/http/fields'
import { limitCharacters } from '#db/input-fields'
import { OUTCOMES } from '#db/tables'
import { JOB_DOMAINS_MAX } from '#scans/bulk/create-job'
import { JOB_STATES } from '#scans/bulk/job-progress'

/** One entry of a list of domains. It may be longer than a domain, because URLs are accepted. */
const typedDomain = z
  .string('must be text')
  .check(limitCharacters(1, 2_048))
  .register(z.globalRegistry, { minLength: 1, maxLength: 2_048 })

/** Any text: `DOMAIN_INVALID` explains what is wrong with it, even when it is empty or too long. */
export const oneDomain = z.strictObject({
  domain: z.string('must be text').check(z.describe('A domain, a host, a URL or an e-mail address')),
})
export const domainList = z.array(typedDomain, 'must be a list of domains').check(
  z.meta({
    description: 'Domains, hosts, URLs or e-mail addresses; duplicates are scanned once',
    examples: [['acme.com.tr', 'https://www.example.com/']],
  }),
  z.minLength(1, 'must name at least one domain'),
  z.maxLength(JOB_DOMAINS_MAX, `must name at most ${JOB_DOMAINS_MAX} domains`),
)
export const manyDomains = z.strictObject({ domains: domainList })
export const jobQuery = z.strictObject({
  state: z.optional(
    z.enum(JOB_STATES, `must be one of ${JOB_STATES.join(', ')}`).check(z.describe('Only jobs in this state')),
  ),
  ...pageFields,
})
export const outcomePage = z.strictObject({
  outcome: z.optional(
    z.enum(OUTCOMES, `must be one of ${OUTCOMES.join(', ')}`).check(z.describe('Only domains with this outcome')),
  ),
  after: z._default(wholeNumber(0, JOB_DOMAINS_MAX, 'next_after of the previous page; 0 for the first page'), 0),
  limit: pageLimit(1_000, 100),
})
