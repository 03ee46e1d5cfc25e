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
      const query = { channel: args.channel, ...page }
      const { items, nextCursor } = await withDatabase((db) => listDeliveries(db, query))
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys({ deliveries: items, nextCursor })))
      if (items.length === 0) return print('Nothing was sent to this channel yet, and nothing waits.')
      const headings = ['delivery', 'what', 'about', 'state', 'attempts', 'last', 'answer', 'next']
      print(formatTable(headings, items.map(formatRow), { wraps: ['about', 'answer'], leaves: ['next', 'last'] }))
      if (nextCursor !== null) print(paint('dim', `More: --cursor ${nextCursor}`))
    },
  },
  ['npx hunter alerts log 0190f0a0-0000-7000-8000-000000000000'],
)

const COLOURS = { sent: 'green', waiting: 'yellow', failed: 'red', open: 'yellow', empty: 'dim' } as const

function formatRow(delivery: LoggedDelivery): string[] {
  const { id, state, attempts, lastAt, nextAt } = delivery
  const what = delivery.digest ? ['digest', formatDigest(delivery.digest)] : [delivery.type, delivery.domain]
  const times = [formatAt(lastAt), formatAnswer(delivery), formatAt(nextAt)]
  return [id ?? '-', ...what, paint(COLOURS[state], state), String(attempts), ...times]
}

function formatDigest({ day, counts }: NonNullable<LoggedDelivery['digest']>): string {
  const held = Object.entries(counts ?? {}).filter(([, count]: [string, number]) => count > 0)
  return [day, ...held.map(([section, count]) => `${section} ${count}`)].join(', ')
}

function formatAt(at: Date | null): string {
  return at === null ? '-' : formatTime(at)
}

function formatAnswer({ lastError, lastStatus }: LoggedDelivery): string {
  return lastError ?? (lastStatus === null ? '-' : String(lastStatus))
}
