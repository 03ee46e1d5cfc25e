import { listSessions } from '#keys/sessions/lifecycle'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { readAll } from '#cli/read-all'
import { formatTable } from '#cli/table'
import { print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'

export const listCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const sessions = await withKeys((deps) => readAll((page) => listSessions(deps, page)))
      if (args.json) return print(JSON.stringify(sessions))
      if (sessions.length === 0) return print('No session is open: signing in on the page opens one.')
      const rows = sessions.map(({ id, keyName, browser, createdAt, lastSeenAt, expiresAt }) => [
        id,
        keyName,
        browser,
        ...[createdAt, lastSeenAt, expiresAt].map((time) => formatTime(time)),
      ])
      const headings = ['id', 'key', 'browser', 'opened', 'last seen', 'expires']
      print(formatTable(headings, rows, { wraps: ['key', 'browser'], leaves: ['opened', 'last seen'] }))
    },
  },
  ['npx hunter sessions list', 'npx hunter sessions list --json'],
)
