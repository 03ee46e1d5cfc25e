import * as z from 'zod/mini'
import type { Contract } from '#api/contract/operation'
import { changeFields, lead, NO_LEAD, leadPath } from '#api/leads/contract'
import type { rescanTable } from '#api/rescans/table'
import { CHANGE_TYPES } from '#leads/changes/change-types'

const rescan = z.object({
  ...lead.shape,
  changes: z.array(z.object({ type: z.enum(CHANGE_TYPES), ...changeFields })),
})

const answers = { rescan }

export const rescanContract = {
  answers,
  operations: {
    rescanLead: {
      summary: 'Scan a lead again and list what changed',
      idempotent: true,
      ...leadPath,
      answer: 'rescan',
      errors: [...NO_LEAD, 'SCANS_BUSY'],
    },
  },
} satisfies Contract<typeof rescanTable, typeof answers>
