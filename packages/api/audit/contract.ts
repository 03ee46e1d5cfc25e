import * as z from 'zod/mini'
import { auditQuery } from '#api/audit/inputs'
import type { auditTable } from '#api/audit/table'
import { count, cursor, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'

const auditEntry = z.object({
  id: count,
  at: time,
  actor: z.string().check(z.describe('key:<keyid>, or the user and machine of a command')),
  action: z.string().check(z.describe('<noun>.<past participle>, such as key.created')),
  object: z.string(),
  details: z.record(z.string(), z.unknown()),
  request_id: z.nullable(z.string()),
})
const auditPage = z.object({ entries: z.array(auditEntry), next_cursor: cursor })

const answers = { auditEntry, auditPage }

export const auditContract = {
  answers,
  operations: {
    listAudit: {
      summary: 'List who did what to which object, newest first',
      query: auditQuery,
      answer: 'auditPage',
      errors: ['VALIDATION_FAILED'],
    },
  },
} satisfies Contract<typeof auditTable, typeof answers>
