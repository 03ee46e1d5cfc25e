import * as z from 'zod/mini'
import { defineLine, limitCharacters } from '#db/input-fields'

const FIELDS_MAX = 50
const VALUE_CHARACTERS_MAX = 2_000

const fieldName = defineLine(1, 100).check(
  z.refine((name: string) => name !== 'domain', { error: 'must not be domain, which has a place of its own' }),
)
const fieldValue = z
  .string('must be text')
  .check(limitCharacters(0, VALUE_CHARACTERS_MAX))
  .register(z.globalRegistry, { maxLength: VALUE_CHARACTERS_MAX })

export const domainBody = z.strictObject({
  domain: z.string('must be text').check(z.describe('A domain, a host, a URL or an e-mail address of the company')),
  source: z._default(defineLine(1, 100).check(z.describe('Where you have the company from')), 'api'),
  fields: z._default(
    z.record(fieldName, fieldValue, 'must be an object of texts').check(
      z.meta({
        description: 'What you know besides, such as its name or a note; kept as it is',
        maxProperties: FIELDS_MAX,
      }),
      z.refine((fields) => Object.keys(fields).length <= FIELDS_MAX, {
        error: `must have at most ${FIELDS_MAX} fields`,
      }),
    ),
    {},
  ),
})
