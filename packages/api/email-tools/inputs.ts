import * as z from 'zod/mini'
import { limitCharacters } from '#db/input-fields'
import { ADDRESS_LANGUAGES } from '#signals/mail/generic-addresses'

const ADDRESSES_MAX = 50
/** Far above the 254 octets of an address: what is too long gets an answer that says so. */
const ADDRESS_CHARACTERS_MAX = 1_000

const LANGUAGES = `must be one or both of ${ADDRESS_LANGUAGES.join(', ')}`

export const generateBody = z.strictObject({
  domain: z.string('must be text').check(z.describe('A domain, a host, a URL or an e-mail address of the company')),
  languages: z._default(
    z
      .array(z.enum(ADDRESS_LANGUAGES, LANGUAGES), LANGUAGES)
      .check(
        z.describe('Languages of the words before the @, in the order of the answer'),
        z.minLength(1, LANGUAGES),
        z.maxLength(ADDRESS_LANGUAGES.length, LANGUAGES),
      ),
    [...ADDRESS_LANGUAGES],
  ),
})

const typedAddress = z
  .string('must be text')
  .check(limitCharacters(0, ADDRESS_CHARACTERS_MAX))
  .register(z.globalRegistry, { maxLength: ADDRESS_CHARACTERS_MAX })

export const validateBody = z.strictObject({
  addresses: z
    .array(typedAddress, 'must be a list of e-mail addresses')
    .check(
      z.describe('E-mail addresses, each alone and without a name; the answer keeps their order'),
      z.minLength(1, 'must have at least one address'),
      z.maxLength(ADDRESSES_MAX, `must have at most ${ADDRESSES_MAX} addresses`),
    ),
})
