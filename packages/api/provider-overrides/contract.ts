import * as z from 'zod/mini'
import { cursor, describeField, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { pageQuery } from '#api/http/fields'
import { overrideBody, overrideKey } from '#api/provider-overrides/inputs'
import type { overrideTable } from '#api/provider-overrides/table'
import { OVERRIDE_SIGNALS } from '#db/tables'

const keyFields = {
  signal: describeField(z.enum(OVERRIDE_SIGNALS), 'Signal that the override applies to'),
  suffix: describeField(z.string(), 'Host; the override also applies to hosts below it', 'mail.acme-hosting.com'),
}
const overrideName = z.object(keyFields)
const override = z.object({
  ...keyFields,
  provider_id: describeField(z.string(), 'Provider that the host belongs to', 'yandex'),
  note: describeField(z.string(), 'Why the override exists', 'Resells Yandex under its own name'),
  created_by: describeField(z.string(), 'Actor that set it', 'key:3kTMd92aXb0Q'),
  created_at: describeField(time, 'When it was set'),
})
const overrideList = z.object({
  overrides: describeField(z.array(override), 'The overrides of this page'),
  next_cursor: cursor,
})

const answers = { overrideName, override, overrideList }

const example = { params: { signal: 'mx', suffix: 'mail.acme-hosting.com' }, body: { provider_id: 'yandex' } }

export const overrideContract = {
  answers,
  operations: {
    listOverrides: {
      summary: 'List the provider overrides',
      description: 'Lists the provider overrides. Each says which provider a host belongs to.',
      query: pageQuery,
      answer: 'overrideList',
      errors: ['VALIDATION_FAILED'],
    },
    putOverride: {
      summary: 'Set the provider that a host belongs to',
      description:
        'Sets the provider that a host, and every host below it, belongs to. It replaces an earlier override.',
      idempotent: true,
      params: overrideKey,
      body: overrideBody,
      example,
      answer: 'override',
      errors: NOT_JSON,
    },
    deleteOverride: {
      summary: 'Remove a provider override',
      description: 'Removes an override, so that the built-in rules apply again.',
      idempotent: true,
      params: overrideKey,
      example: { params: example.params },
      answer: 'overrideName',
      errors: ['VALIDATION_FAILED', 'OVERRIDE_NOT_FOUND'],
    },
  },
} satisfies Contract<typeof overrideTable, typeof answers>
