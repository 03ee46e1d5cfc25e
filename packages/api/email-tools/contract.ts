import * as z from 'zod/mini'
import { count, NOT_JSON, texts, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { generateBody, validateBody } from '#api/email-tools/inputs'
import type { emailToolTable } from '#api/email-tools/table'
import { ADDRESS_LANGUAGES, ADDRESS_USES } from '#signals/mail/generic-addresses'
import { MAIL_STATES } from '#signals/mail/mail-host'
import { ADDRESS_REASONS, ADDRESS_VERDICTS } from '#signals/mail/address-verdict'

const addressGuesses = z.object({
  domain: z.string(),
  guesses: z.literal(true).check(z.describe('Hunter has not checked whether these mailboxes exist')),
  note: z.string(),
  addresses: z.array(z.object({ address: z.string(), use: z.enum(ADDRESS_USES), language: z.enum(ADDRESS_LANGUAGES) })),
})

const mail = z.object({
  state: z.enum(MAIL_STATES),
  hosts: texts.check(z.describe('Mail servers, the preferred first; addresses of the host for address-only')),
  rcode: z.string().check(z.describe('Response code of the DNS; RATE_LIMITED: not asked, too many look-ups wait')),
  at: time,
})

const checkedAddress = z.object({
  input: z.string(),
  verdict: z
    .enum(ADDRESS_VERDICTS)
    .check(
      z.describe('plausible: the syntax is right and the domain takes mail; it never means that a mailbox exists'),
    ),
  reason: z.enum(ADDRESS_REASONS),
  message: z.string(),
  address: z.nullable(z.string()).check(z.describe('As a mail server takes it, with the domain in punycode')),
  host: z.nullable(z.string()),
  host_unicode: z.nullable(z.string()),
  domain: z.nullable(z.string()).check(z.describe("The company's domain")),
  role: z
    .nullable(z.enum([...ADDRESS_USES, 'service']))
    .check(z.describe('Use of a role address; null: it may be a person')),
  consumer_mailbox: z
    .nullable(z.boolean())
    .check(z.describe("True: the domain is a mail provider's, and names no company")),
  tag: z.nullable(z.string()).check(z.describe('Text behind the first +')),
  quoted: z.nullable(z.boolean()),
  needs_smtputf8: z
    .nullable(z.boolean())
    .check(z.describe('True: the part before the @ is not ASCII, so every server on the way must support RFC 6531')),
  mail: z.nullable(mail).check(z.describe('null: the DNS was not asked, because the address is invalid')),
})

const checkedAddresses = z.object({
  smtp_probe: z.literal(false).check(z.describe('Hunter never connects to a mail server')),
  note: z.string(),
  counts: z.object({ plausible: count, undeliverable: count, invalid: count, unknown: count }),
  addresses: z.array(checkedAddress),
})

const answers = { addressGuesses, checkedAddresses }

export const emailToolContract = {
  answers,
  operations: {
    generateAddresses: {
      summary: 'List generic e-mail addresses that a company may have, in Turkish and English; they are guesses',
      idempotent: { not: 'computes its answer from the request alone and changes nothing' },
      body: generateBody,
      example: { body: { domain: 'acme.com.tr' } },
      answer: 'addressGuesses',
      errors: [...NOT_JSON, 'DOMAIN_INVALID'],
    },
    validateAddresses: {
      summary:
        'Check the syntax of up to 50 e-mail addresses and whether their domains take mail; no SMTP probe is made, so no answer proves that a mailbox exists',
      idempotent: { not: 'reads the DNS and stores nothing but the DNS answers in the cache' },
      body: validateBody,
      example: { body: { addresses: ['info@acme.com.tr', 'ali.veli+teklif@acme.com.tr', 'not an address'] } },
      answer: 'checkedAddresses',
      errors: NOT_JSON,
    },
  },
} satisfies Contract<typeof emailToolTable, typeof answers>
