import * as z from 'zod/mini'
import { auditQuery } from '#api/audit/inputs'
import type { auditTable } from '#api/audit/table'
import { count, cursor, describeField, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'

const auditEntry = z.object({
  id: describeField(count, 'Id of the entry', 42),
  at: describeField(time, 'Time of the action'),
  actor: describeField(z.string(), 'key:<keyid>, or the user and machine of a command', 'key:3kTMd92aXb0Q'),
  action: describeField(z.string(), '<noun>.<past participle>', 'key.created'),
  object: describeField(z.string(), 'What the action changed', 'key:3kTMd92aXb0Q'),
  details: describeField(z.record(z.string(), z.unknown()), 'Details of the action', { name: 'Sales dashboard' }),
  request_id: describeField(
    z.nullable(z.string()),
    'Id of the request; null for a command',
    '0190f0a0-1111-7000-8000-000000000000',
  ),
})
const auditPage = z.object({
  entries: describeField(z.array(auditEntry), 'The entries of this page, newest first'),
  next_cursor: cursor,
})

const answers = { auditEntry, auditPage }

export const auditContract = {
  answers,
  operations: {
    listAudit: {
      summary: 'List the audit log, newest first',
      description: 'Lists who did what to which object, newest first.',
      example: { query: { actor: 'key:3kTMd92aXb0Q', action: 'key.created', object: 'key:3kTMd92aXb0Q' } },
      query: auditQuery,
      answer: 'auditPage',
      errors: ['VALIDATION_FAILED'],
    },
  },
} satisfies Contract<typeof auditTable, typeof answers>
