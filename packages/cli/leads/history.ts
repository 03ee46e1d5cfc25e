import { pageQuery } from '#api/http/fields'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import type { Page } from '#db/page'
import { type ChangeRow, listChanges } from '#leads/changes/change-log'
import { normaliseDomain } from '#signals/normalise'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { toPrintableBeginning } from '#cli/printable'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { withDatabase } from '#cli/with-database'

export const historyCommand = withExamples(
  {
    args: {
      domain: { type: 'positional', required: true, description: 'A domain, URL or e-mail address' },
      limit: { type: 'string', description: 'Changes per page, 1 to 200 (default: 50)' },
      cursor: { type: 'string', description: 'Cursor that the previous page printed' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const domain = normaliseDomain(args.domain)
      const query = checkOptions(pageQuery, { limit: args.limit, cursor: args.cursor })
      const { items, nextCursor } = await withDatabase((db) => listChanges(db, domain, query))
      print(
        args.json
          ? JSON.stringify(toSnakeCaseKeys({ domain, changes: items, nextCursor }))
          : formatHistory({ items, nextCursor }),
      )
    },
  },
  ['npx hunter leads history firma.com.tr', 'npx hunter leads history firma.com.tr --limit 10 --json'],
)

function formatHistory({ items, nextCursor }: Page<ChangeRow>): string {
  if (items.length === 0) return 'Nothing has changed since the first scan.'
  const rows = items.map(({ at, type, old, new: now }) => [
    formatTime(at),
    type.replaceAll('_', ' '),
    formatValue(old),
    formatValue(now),
  ])
  const lines = [formatTable(['when', 'what', 'before', 'after'], rows, { wraps: ['before', 'after'] })]
  if (nextCursor !== null) lines.push(paint('dim', `More: --cursor ${nextCursor}`))
  return lines.join('\n')
}

function formatValue(value: ChangeRow['old']): string {
  return value === null ? paint('dim', 'none') : toPrintableBeginning(String(value))
}
