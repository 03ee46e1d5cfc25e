import { listDeliveries, type LoggedDelivery } from '#alerts/log'
import { pageQuery } from '#api/http/fields'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { channelArg } from '#cli/alerts/deps'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { withDatabase } from '#cli/with-database'

export const logCommand = withExamples(
  {
    args: {
      channel: channelArg,
      limit: { type: 'string', description: 'Deliveries per page, 1 to 200 (default: 50)' },
      cursor: { type: 'string', description: 'Cursor that the previous page printed' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const { limit, cursor } = args
      const page = checkOptions(pageQuery, { limit, cursor })
      const { items, nextCursor } = await withDatabase((db) => listDeliveries(db, { channel: args.channel, ...page }))
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys({ deliveries: items, nextCursor })))
      if (items.length === 0) return print('No alert was sent to this channel yet, and none waits.')
      const headings = ['delivery', 'alert', 'domain', 'state', 'attempts', 'last', 'answer', 'next']
      print(formatTable(headings, items.map(formatRow), { wraps: ['answer'], leaves: ['next', 'last'] }))
      if (nextCursor !== null) print(paint('dim', `More: --cursor ${nextCursor}`))
    },
  },
  ['npx hunter alerts log 0190f0a0-0000-7000-8000-000000000000'],
)

function formatRow(delivery: LoggedDelivery): string[] {
  const { id, type, domain, state, attempts, lastAt, lastStatus, lastError, nextAt } = delivery
  const time = (at: Date | null) => (at === null ? '-' : formatTime(at))
  const colour = { sent: 'green', waiting: 'yellow', failed: 'red' } as const
  const answer = lastError ?? (lastStatus === null ? '-' : String(lastStatus))
  return [id, type, domain, paint(colour[state], state), String(attempts), time(lastAt), answer, time(nextAt)]
}
