import * as z from 'zod/mini'
import { cursor, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { pageQuery } from '#api/http/fields'
import { overrideBody, overrideKey } from '#api/provider-overrides/inputs'
import type { overrideTable } from '#api/provider-overrides/table'
import { OVERRIDE_SIGNALS } from '#db/tables'

const keyFields = { signal: z.enum(OVERRIDE_SIGNALS), suffix: z.string() }
const overrideName = z.object(keyFields)
const override = z.object({
  ...keyFields,
  provider_id: z.string(),
  note: z.string(),
  created_by: z.string(),
  created_at: time,
})
const overrideList = z.object({ overrides: z.array(override), next_cursor: cursor })

const answers = { overrideName, override, overrideList }

const example = { params: { signal: 'mx', suffix: 'mail.acme-hosting.com' }, body: { provider_id: 'yandex' } }

export const overrideContract = {
  answers,
  operations: {
    listOverrides: {
      summary: 'List the provider overrides: each says which provider a host belongs to',
      query: pageQuery,
      answer: 'overrideList',
      errors: ['VALIDATION_FAILED'],
    },
    putOverride: {
      summary: 'Set the provider that a host belongs to',
      idempotent: true,
      params: overrideKey,
      body: overrideBody,
      example,
      answer: 'override',
      errors: NOT_JSON,
    },
    deleteOverride: {
      summary: 'Remove an override, so that the built-in rules apply again',
      idempotent: true,
      params: overrideKey,
      example: { params: example.params },
      answer: 'overrideName',
      errors: ['VALIDATION_FAILED', 'OVERRIDE_NOT_FOUND'],
    },
  },
} satisfies Contract<typeof overrideTable, typeof answers>
