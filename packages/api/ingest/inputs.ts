import * as z from 'zod/mini'
import { defineLine, limitCharacters } from '#db/input-fields'
import { DELIMITERS } from '#ingest/delimiter'
import { ENCODINGS } from '#ingest/encoding'

const FIELDS_MAX = 50
const VALUE_CHARACTERS_MAX = 2_000

const fieldName = defineLine(1, 100).check(
  z.refine((name: string) => name !== 'domain', { error: 'must not be domain, which has its own field' }),
)
const fieldValue = z
  .string('must be text')
  .check(limitCharacters(0, VALUE_CHARACTERS_MAX))
  .register(z.globalRegistry, { maxLength: VALUE_CHARACTERS_MAX })

export const domainBody = z.strictObject({
  domain: z.string('must be text').check(z.describe('A domain, a host, a URL or an e-mail address of the company')),
  source: z._default(defineLine(1, 100).check(z.describe('Where the company comes from')), 'api'),
  fields: z._default(
    z.record(fieldName, fieldValue, 'must be an object of texts').check(
      z.meta({
        description: 'Anything else that you know, such as its name or a note; stored unchanged',
        maxProperties: FIELDS_MAX,
      }),
      z.refine((fields) => Object.keys(fields).length <= FIELDS_MAX, {
        error: `must have at most ${FIELDS_MAX} fields`,
      }),
    ),
    {},
  ),
})

const FLAG = 'must be true or false'

function flag(description: string) {
  return z._default(z.enum(['true', 'false'], FLAG).check(z.describe(description)), 'false')
}

export const listQuery = z
  .strictObject({
    column: z.optional(
      defineLine(1, 100).check(
        z.meta({
          description: 'Column of the domains: its heading, or its number from 1; recognised unless given',
          examples: ['Web Sitesi'],
        }),
      ),
    ),
    delimiter: z.optional(
      z
        .enum(DELIMITERS, 'must be a comma, a semicolon, a bar or a tab')
        .check(z.describe('Character between the cells of a CSV file; recognised unless given')),
    ),
    encoding: z.optional(
      z
        .enum(ENCODINGS, `must be one of ${ENCODINGS.join(', ')}`)
        .check(z.describe('Encoding of a CSV file; recognised unless given')),
    ),
    dry_run: flag('true: say what would be imported, and store nothing'),
    scan: flag('true: scan the accepted companies in bulk scans of 10,000'),
  })
  .check(
    z.refine(({ dry_run: isDry, scan }) => isDry !== 'true' || scan !== 'true', {
      path: ['scan'],
      message: 'must be false in a dry run',
    }),
  )

const TEXT_CHARACTERS_MAX = 1_000_000

export const listBody = z
  .strictObject({
    csv: z.optional(
      z.string('must be text').check(limitCharacters(1, TEXT_CHARACTERS_MAX)).register(z.globalRegistry, {
        description: 'A CSV list as text, for programs that send JSON',
        minLength: 1,
        maxLength: TEXT_CHARACTERS_MAX,
      }),
    ),
    upload: z.optional(
      z
        .string('must be text')
        .check(limitCharacters(1, 100))
        .register(z.globalRegistry, {
          description: 'upload_id of POST /api/v1/ingest/uploads, once the file is there',
          examples: ['AZrR2Xk1pq3m8sQ2v0yB7cJtLw5e0f'],
          minLength: 1,
          maxLength: 100,
        }),
    ),
  })
  .check(
    z.refine(({ csv, upload }) => (csv === undefined) !== (upload === undefined), {
      path: ['csv'],
      message: 'must be given, or upload, and not both',
    }),
  )
