import * as z from 'zod/mini'
import { alertQuery } from '#api/alerts/inputs'
import type { alertTable } from '#api/alerts/table'
import { count, cursor, describeField } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { changeFields } from '#api/leads/contract'
import { ALERT_TYPES } from '#leads/changes/change-types'

const alertPage = z.object({
  alerts: describeField(
    z.array(
      z.object({
        id: describeField(count, 'Id of the change', 42),
        type: describeField(z.enum(ALERT_TYPES), 'What changed'),
        domain: describeField(z.string(), 'Domain of the lead', 'acme.com.tr'),
        ...changeFields,
      }),
    ),
    'The alerts of this page, newest first',
  ),
  next_cursor: cursor,
})

const answers = { alertPage }

export const alertContract = {
  answers,
  operations: {
    listAlerts: {
      summary: 'List alerts, newest first',
      description: 'Lists the changes of all leads that are worth a call, newest first.',
      example: { query: { type: 'dmarc_removed' } },
      query: alertQuery,
      answer: 'alertPage',
      errors: ['VALIDATION_FAILED'],
    },
  },
} satisfies Contract<typeof alertTable, typeof answers>
