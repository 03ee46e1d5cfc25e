import * as z from 'zod/mini'
import { describeField } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { changeFields, lead, NO_LEAD, leadPath } from '#api/leads/contract'
import type { rescanTable } from '#api/rescans/table'
import { CHANGE_TYPES } from '#leads/changes/change-types'
import { MOVE_TYPES } from '#leads/moves/find-moves'

const provider = z.nullable(z.string())
const rescan = z.object({
  ...lead.shape,
  changes: describeField(
    z.array(z.object({ type: describeField(z.enum(CHANGE_TYPES), 'What changed'), ...changeFields })),
    'What changed since the previous scan',
  ),
  moves: describeField(
    z.array(
      z.object({
        type: describeField(
          z.enum(MOVE_TYPES),
          'What moved; `half_moved`: the MX is at one provider and autodiscover at another',
        ),
        from: describeField(provider, 'Provider or gateway before; null: there was none', 'natro'),
        to: describeField(provider, 'Provider or gateway now; null: there is none', 'google-workspace'),
        name: describeField(z.string(), 'The migration in short', 'hosting → google'),
      }),
    ),
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
