import * as z from 'zod/mini'
import { defineLine, instant, limitCharacters } from '#db/input-fields'
import { DELIMITERS } from '#ingest/delimiter'
import { type Encoding, ENCODING_RULE, parseEncoding } from '#ingest/encoding'

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
        .pipe(
          z.string().check(z.refine((name) => parseEncoding(name) !== undefined, ENCODING_RULE)),
          z.transform((name) => parseEncoding(name) as Encoding),
        )
        .register(z.globalRegistry, {
          description: `Encoding of a CSV file; recognised unless given. It ${ENCODING_RULE}, in capitals or not`,
          examples: ['windows-1254'],
        }),
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

export const webhookQuery = z.strictObject({
  scan: flag('true: scan the accepted companies in a bulk scan'),
})

/** Described here, and read one by one where the signature is checked. */
export const webhookHeaders = z.object({
  'webhook-id': z.string().check(
    z.meta({
      description: 'Id of the event: the same each time it is sent, and another for each event',
      minLength: 1,
      maxLength: 255,
      examples: ['msg_2KWPBgLlAfxdpx2AI54pPJ85f4W'],
    }),
  ),
  'webhook-timestamp': z.string().check(
    z.meta({
      description: 'Seconds since 1970 when this attempt was signed, at most five minutes from now',
      examples: ['1795910400'],
    }),
  ),
  'webhook-signature': z.string().check(
    z.meta({
      description:
        '`v1,` and the Base64 of the HMAC-SHA-256 of `webhook-id.webhook-timestamp.body`; several signatures have a space between them',
      examples: ['v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    }),
  ),
})

const LEADS_MAX = 1_000
const VALUE = 'must be text, a number, true, false or null'

const lead = z.record(defineLine(1, 100), z.union([fieldValue, z.number(VALUE), z.boolean(), z.null()], VALUE)).check(
  z.meta({ minProperties: 1, maxProperties: FIELDS_MAX }),
  z.refine((fields) => Object.keys(fields).length > 0, { error: 'must have at least one field' }),
  z.refine((fields) => Object.keys(fields).length <= FIELDS_MAX, { error: `must have at most ${FIELDS_MAX} fields` }),
)

/** The payload that Standard Webhooks recommends. */
export const webhookBody = z.strictObject({
  type: z.optional(
    defineLine(1, 100).check(z.describe('Kind of the event, for the audit log; Hunter takes each kind as leads')),
  ),
  timestamp: z.optional(instant).check(z.describe('When the event happened, for the audit log')),
  data: z
    .union(
      [
        lead,
        z
          .array(lead)
          .check(
            z.minLength(1, 'must contain a lead'),
            z.maxLength(LEADS_MAX, `must contain at most ${LEADS_MAX} leads`),
          ),
      ],
      `must be a lead, as an object of its fields, or a list of 1 to ${LEADS_MAX} leads`,
    )
    .check(
      z.describe(
        'A lead or a list of leads. The headings of lists name the fields: domain, website or email for the company, company for its name; any other field is kept with it',
      ),
    ),
})
