import * as z from 'zod/mini'
import { cursor, describeField, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { moveQuery } from '#api/moves/inputs'
import type { moveTable } from '#api/moves/table'
import { MOVE_KINDS } from '#db/tables'

const place = (id: string, name: string, kind: string) =>
  z.nullable(
    z.object({
      id: describeField(z.string(), 'Id of the provider', id),
      name: describeField(z.string(), 'Name of the provider', name),
      kind: describeField(z.string(), 'Kind of the provider; `filter` and `forwarder` are gateways', kind),
    }),
  )

/** What moved, of one company. */
export const move = z.object({
  move: describeField(z.string(), 'The move in one line', 'google → microsoft-365'),
  kind: describeField(z.enum(MOVE_KINDS), 'What moved'),
  from: describeField(
    place('google-workspace', 'Google Workspace', 'google'),
    'Where the mail went before; of a half-moved company, where its MX points; null: there was no gateway',
  ),
  to: describeField(
    place('microsoft-365', 'Microsoft 365', 'microsoft-365'),
    'Where the mail goes now; of a half-moved company, where autodiscover points; null: there is no gateway',
  ),
  is_complete: describeField(z.boolean(), 'False while autodiscover and the MX point to two providers', true),
  evidence: describeField(z.array(z.string()), 'Hosts that show it', ['acme-com-tr.mail.protection.outlook.com']),
  at: describeField(time, 'When the scan that found it began'),
})

const movePage = z.object({
  moves: describeField(
    z.array(z.object({ domain: describeField(z.string(), 'Domain of the lead', 'acme.com.tr'), ...move.shape })),
    'The moves of this page, newest first',
  ),
  next_cursor: cursor,
})

const answers = { movePage }

export const moveContract = {
  answers,
  operations: {
    listMoves: {
      summary: 'List moves, newest first',
      description:
        'Lists companies whose mail moved between two scans, by name: to another provider, behind a gateway, or halfway. A half-moved company also counts when its first scan shows it. An unknown signal never makes a move.',
      example: { query: { since: '2026-11-20T00:00:00Z' } },
      query: moveQuery,
      answer: 'movePage',
      errors: ['VALIDATION_FAILED'],
    },
  },
} satisfies Contract<typeof moveTable, typeof answers>
