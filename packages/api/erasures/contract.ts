import * as z from 'zod/mini'
import { count, describeField, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import type { erasureTable } from '#api/erasures/table'
import { leadPath, NO_LEAD } from '#api/leads/contract'

const erasure = z.object({
  id: describeField(z.uuid(), 'Id of the erasure, which the audit trail and backups keep'),
  erased_at: describeField(time, 'Time of the erasure'),
  companies: describeField(
    count,
    'Companies that were removed: 1, or 0 when only lists and bulk scans named the domain',
    1,
  ),
  imported_rows: describeField(count, 'Rows of imported lists that were removed', 2),
  scan_inputs: describeField(count, 'Inputs of bulk scans that were emptied', 1),
  kept_answers: describeField(count, 'Stored answers for repeated requests that were removed', 0),
  caches_cleared: describeField(z.boolean(), 'False: Redis did not answer, and what it holds expires within 24 hours'),
})

const answers = { erasure }

export const erasureContract = {
  answers,
  operations: {
    eraseLead: {
      summary: 'Erase a company for good',
      description:
        'Removes a company with its history, imported rows, inputs of bulk scans, kept answers and cached entries. A later scan stores the company again.',
      idempotent: true,
      ...leadPath,
      answer: 'erasure',
      errors: NO_LEAD,
    },
  },
} satisfies Contract<typeof erasureTable, typeof answers>
