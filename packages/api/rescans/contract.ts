import * as z from 'zod/mini'
import { describeField } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { changeFields, lead, NO_LEAD, leadPath } from '#api/leads/contract'
import { move } from '#api/moves/contract'
import type { rescanTable } from '#api/rescans/table'
import { CHANGE_TYPES } from '#leads/changes/change-types'

const rescan = z.object({
  ...lead.shape,
  changes: describeField(
    z.array(z.object({ type: describeField(z.enum(CHANGE_TYPES), 'What changed'), ...changeFields })),
    'What changed since the previous scan',
  ),
  moves: describeField(
    z.array(move),
    'Migrations since the previous scan; a signal that is unknown in either scan makes none',
  ),
})

const answers = { rescan }

export const rescanContract = {
  answers,
  operations: {
    rescanLead: {
      summary: 'Scan a lead again',
      description:
        'Scans a lead again, saves it, lists what changed, and names a migration such as `hosting → google`.',
      idempotent: true,
      ...leadPath,
      answer: 'rescan',
      errors: [...NO_LEAD, 'SCANS_BUSY', 'LEAD_ERASED'],
    },
  },
} satisfies Contract<typeof rescanTable, typeof answers>
