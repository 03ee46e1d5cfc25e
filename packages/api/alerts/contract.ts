import * as z from 'zod/mini'
import { alertQuery } from '#api/alerts/inputs'
import type { alertTable } from '#api/alerts/table'
import { count, cursor } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { changeFields } from '#api/leads/contract'
import { ALERT_TYPES } from '#leads/changes/change-types'

const alertPage = z.object({
  alerts: z.array(z.object({ id: count, type: z.enum(ALERT_TYPES), domain: z.string(), ...changeFields })),
  next_cursor: cursor,
})

const answers = { alertPage }

export const alertContract = {
  answers,
  operations: {
    listAlerts: {
      summary: 'List alerts, newest first',
      query: alertQuery,
      answer: 'alertPage',
      errors: ['VALIDATION_FAILED'],
    },
  },
} satisfies Contract<typeof alertTable, typeof answers>
