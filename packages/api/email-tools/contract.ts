import * as z from 'zod/mini'
import { count, describeField, NOT_JSON, texts, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { generateBody, validateBody } from '#api/email-tools/inputs'
import type { emailToolTable } from '#api/email-tools/table'
import { ADDRESS_LANGUAGES, ADDRESS_USES } from '#signals/mail/generic-addresses'
import { MAIL_STATES } from '#signals/mail/mail-host'
import { ADDRESS_REASONS, ADDRESS_VERDICTS } from '#signals/mail/address-verdict'

const addressGuesses = z.object({
  domain: describeField(z.string(), 'Domain of the company', 'acme.com.tr'),
  guesses: z.literal(true).check(z.describe('Hunter has not checked whether these mailboxes exist')),
  note: describeField(z.string(), 'The same in words', 'These addresses are guesses.'),
  addresses: describeField(
    z.array(
      z.object({
        address: describeField(z.string(), 'The address', 'info@acme.com.tr'),
        use: describeField(z.enum(ADDRESS_USES), 'What the address is for'),
        language: describeField(z.enum(ADDRESS_LANGUAGES), 'Language of its name'),
      }),
    ),
    'The addresses, the likeliest first',
  ),
})

const mail = z.object({
  state: describeField(z.enum(MAIL_STATES), 'Whether the domain takes mail'),
  hosts: describeField(texts, 'Mail servers, the preferred first; addresses of the host for address-only', [
    'aspmx.l.google.com',
  ]),
  rcode: describeField(
    z.string(),
    'Response code of the DNS; RATE_LIMITED: Hunter did not ask, because too many look-ups wait',
    'NOERROR',
  ),
  at: describeField(time, 'When the answer came'),
})

const checkedAddress = z.object({
  input: describeField(z.string(), 'The address as it was sent', 'info@acme.com.tr'),
  verdict: z
    .enum(ADDRESS_VERDICTS)
    .check(
      z.describe('plausible: the syntax is right and the domain takes mail; it never means that a mailbox exists'),
    ),
  reason: describeField(z.enum(ADDRESS_REASONS), 'Why it has its verdict'),
  message: describeField(z.string(), 'The reason in words', 'the domain takes mail'),
  address: describeField(
    z.nullable(z.string()),
    'The address in the form that a mail server accepts, with the domain in punycode',
    'info@acme.com.tr',
  ),
  host: describeField(z.nullable(z.string()), 'Domain after the @, in punycode', 'acme.com.tr'),
  host_unicode: describeField(z.nullable(z.string()), 'The same in Unicode', 'acme.com.tr'),
  domain: describeField(z.nullable(z.string()), "The company's domain", 'acme.com.tr'),
  role: z
    .nullable(z.enum([...ADDRESS_USES, 'service']))
    .check(z.describe('Use of a role address; null: it may be a person')),
  consumer_mailbox: z
    .nullable(z.boolean())
    .check(z.describe("True: the domain is a mail provider's, and names no company")),
  tag: describeField(z.nullable(z.string()), 'Text after the first +', 'teklif'),
  quoted: describeField(z.nullable(z.boolean()), 'True: the part before the @ is in quotes'),
  needs_smtputf8: z
    .nullable(z.boolean())
    .check(z.describe('True: the part before the @ is not ASCII, so every server on the way must support RFC 6531')),
  mail: z.nullable(mail).check(z.describe('null: the DNS was not asked, because the address is invalid')),
})

const checkedAddresses = z.object({
  smtp_probe: z.literal(false).check(z.describe('Hunter never connects to a mail server')),
  note: describeField(z.string(), 'The same in words', 'No answer proves that a mailbox exists.'),
  counts: describeField(
    z.object({
      plausible: describeField(count, 'Addresses that may work', 1),
      undeliverable: describeField(count, 'Addresses whose domain takes no mail', 0),
      invalid: describeField(count, 'Addresses that break the rules', 0),
      unknown: describeField(count, 'Addresses whose domain did not answer', 0),
    }),
    'Number of addresses by verdict',
  ),
  addresses: describeField(z.array(checkedAddress), 'The addresses, in the order of the request'),
})

const answers = { addressGuesses, checkedAddresses }

export const emailToolContract = {
  answers,
  operations: {
    generateAddresses: {
      summary: 'List generic e-mail addresses of a company',
      description: 'Lists generic e-mail addresses that a company may have, in Turkish and English. They are guesses.',
      idempotent: { not: 'it computes its answer from the request alone and changes nothing' },
      body: generateBody,
      example: { body: { domain: 'acme.com.tr' } },
      answer: 'addressGuesses',
      errors: [...NOT_JSON, 'DOMAIN_INVALID'],
    },
    validateAddresses: {
      summary: 'Check e-mail addresses',
      description:
        'Checks the syntax of up to 50 e-mail addresses and whether their domains take mail. No SMTP probe is made, so no answer proves that a mailbox exists.',
      idempotent: { not: 'it reads the DNS and stores only the answers, in the cache' },
      body: validateBody,
      example: { body: { addresses: ['info@acme.com.tr', 'ali.veli+teklif@acme.com.tr', 'not an address'] } },
      answer: 'checkedAddresses',
      errors: NOT_JSON,
    },
  },
} satisfies Contract<typeof emailToolTable, typeof answers>
