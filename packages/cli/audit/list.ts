import { auditQuery } from '#api/audit/inputs'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { type AuditRow, listAudit } from '#db/audit-list'
import type { Page } from '#db/page'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { toPrintable } from '#cli/printable'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { withDatabase } from '#cli/with-database'

const text = (description: string, valueHint: string) => ({ type: 'string', description, valueHint }) as const

export const listCommand = withExamples(
  {
    args: {
      actor: text('Only entries of this actor', 'key:ID'),
      action: text('Only entries of this action', 'NOUN.DONE'),
      object: text('Only entries about this object', 'NOUN:ID'),
      since: text('Only entries from this time on', 'TIME'),
      until: text('Only entries before this time', 'TIME'),
      limit: { type: 'string', description: 'Entries per page, 1 to 200 (default: 50)' },
      cursor: { type: 'string', description: 'Cursor that the previous page printed' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const { actor, action, object, since, until, limit, cursor } = args
      const query = checkOptions(auditQuery, { actor, action, object, since, until, limit, cursor })
      const { items, nextCursor } = await withDatabase((db) => listAudit(db, query))
      print(
        args.json
          ? JSON.stringify(toSnakeCaseKeys({ entries: items, nextCursor }))
          : formatEntries({ items, nextCursor }),
      )
    },
  },
  [
    'npx hunter audit list',
    'npx hunter audit list --action key.revoked --since 2026-11-01T00:00:00Z',
    'npx hunter audit list --object lead:firma.com.tr --json',
  ],
)

function formatEntries({ items, nextCursor }: Page<AuditRow>): string {
  if (items.length === 0) return 'The audit log has no such entry.'
  const rows = items.map(({ at, actor, action, object, details }) => [
    formatTime(at),
    toPrintable(actor),
    action,
    toPrintable(object),
    toPrintable(JSON.stringify(details)),
  ])
  const headings = ['when', 'who', 'what', 'object', 'details']
  const lines = [formatTable(headings, rows, { wraps: ['details'], leaves: ['details', 'when'] })]
  if (nextCursor !== null) lines.push(paint('dim', `More: --cursor ${nextCursor}`))
  return lines.join('\n')
}
