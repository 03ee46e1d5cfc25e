import { toSnakeCaseKeys } from '#api/http/snake-case'
import { moveQuery } from '#api/moves/inputs'
import type { Page } from '#db/page'
import { listMoves, type MoveRow } from '#leads/moves/move-log'
import { formatMove } from '#leads/moves/name-moves'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { toPrintableBeginning } from '#cli/printable'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { withDatabase } from '#cli/with-database'

export const movesCommand = withExamples(
  {
    args: {
      kind: { type: 'string', description: 'Only moves of this kind', valueHint: 'KIND' },
      since: { type: 'string', description: 'Only moves that a scan found from this time on', valueHint: 'TIME' },
      limit: { type: 'string', description: 'Moves per page, 1 to 200 (default: 50)' },
      cursor: { type: 'string', description: 'Cursor that the previous page printed' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const { kind, since, limit, cursor } = args
      const query = checkOptions(moveQuery, { kind, since, limit, cursor })
      const { items, nextCursor } = await withDatabase((db) => listMoves(db, query))
      const moves = items.map(({ domain, ...move }) => ({ domain, move: formatMove(move), ...move }))
      print(args.json ? JSON.stringify(toSnakeCaseKeys({ moves, nextCursor })) : formatMoves({ items, nextCursor }))
    },
  },
  [
    'npx hunter leads moves',
    'npx hunter leads moves --kind half-moved',
    'npx hunter leads moves --since 2026-11-23T00:00:00Z --json',
  ],
)

function formatMoves({ items, nextCursor }: Page<MoveRow>): string {
  if (items.length === 0) return 'No company has moved.'
  const rows = items.map((move) => [
    formatTime(move.at),
    move.domain,
    formatMove(move),
    toPrintableBeginning(move.evidence.join(', ')),
  ])
  const lines = [
    formatTable(['when', 'domain', 'move', 'shown by'], rows, { wraps: ['shown by'], leaves: ['shown by'] }),
  ]
  if (nextCursor !== null) lines.push(paint('dim', `More: --cursor ${nextCursor}`))
  return lines.join('\n')
}
