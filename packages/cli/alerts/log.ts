import { listDigests, type LoggedDigest } from '#alerts/digest/log'
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
      const { items, nextCursor, digests } = await withDatabase(async (db) => ({
        ...(await listDeliveries(db, { channel: args.channel, ...page })),
        // the first page has them all
        digests: cursor === undefined ? await listDigests(db, { channel: args.channel, limit: DIGESTS_SHOWN }) : [],
      }))
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys({ digests, deliveries: items, nextCursor })))
      if (digests.length > 0) {
        const headings = ['digest', 'day', 'state', 'attempts', 'last', 'answer']
        print(formatTable(headings, digests.map(formatDigest), { wraps: ['answer'], leaves: ['last'] }))
      }
      if (items.length === 0 && digests.length > 0) return
      if (items.length === 0) return print('No alert was sent to this channel yet, and none waits.')
      const headings = ['delivery', 'alert', 'domain', 'state', 'attempts', 'last', 'answer', 'next']
      print(formatTable(headings, items.map(formatRow), { wraps: ['answer'], leaves: ['next', 'last'] }))
      if (nextCursor !== null) print(paint('dim', `More: --cursor ${nextCursor}`))
    },
  },
  ['npx hunter alerts log 0190f0a0-0000-7000-8000-000000000000'],
)

/** A month. */
const DIGESTS_SHOWN = 31
const COLOURS = { sent: 'green', waiting: 'yellow', failed: 'red', open: 'yellow', empty: 'dim' } as const

function formatDigest(digest: LoggedDigest): string[] {
  const { delivery, day, state, attempts, lastAt } = digest
  return [delivery ?? '-', day, paint(COLOURS[state], state), String(attempts), formatAt(lastAt), formatAnswer(digest)]
}

function formatRow(delivery: LoggedDelivery): string[] {
  const { id, type, domain, state, attempts, lastAt, nextAt } = delivery
  const times = [formatAt(lastAt), formatAnswer(delivery), formatAt(nextAt)]
  return [id, type, domain, paint(COLOURS[state], state), String(attempts), ...times]
}

function formatAt(at: Date | null): string {
  return at === null ? '-' : formatTime(at)
}

function formatAnswer({ lastError, lastStatus }: Pick<LoggedDelivery, 'lastError' | 'lastStatus'>): string {
  return lastError ?? (lastStatus === null ? '-' : String(lastStatus))
}
