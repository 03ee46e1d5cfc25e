import * as z from 'zod/mini'
import { describeField, NOT_JSON } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { domainBody } from '#api/ingest/inputs'
import type { ingestTable } from '#api/ingest/table'

const ingestedDomain = z.object({
  import_id: describeField(z.uuid(), 'Id under which the row is kept as it came'),
  domain: describeField(z.string(), 'Domain of the company', 'acme.com.tr'),
  created: describeField(z.boolean(), 'False: the company was known before, and the row was added to it'),
})

const answers = { ingestedDomain }

export const ingestContract = {
  answers,
  operations: {
    ingestDomain: {
      summary: 'Take in a company',
      description:
        'Stores what you send as it is and creates the company, unless it exists. It scans nothing. Domains of mail providers, social networks and link shorteners name no company and are refused.',
      idempotent: true,
      body: domainBody,
      example: { body: { domain: 'acme.com.tr', source: 'fair 2026', fields: { Company: 'Acme A.Ş.' } } },
      status: 201,
      answer: 'ingestedDomain',
      errors: [...NOT_JSON, 'DOMAIN_INVALID'],
    },
  },
} satisfies Contract<typeof ingestTable, typeof answers>
