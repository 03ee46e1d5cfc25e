import { readMigrationHistory } from '#db/migrate'
import { withExamples } from '#cli/command'
import { jsonArg, openMigrateDeps } from '#cli/db/deps'
import { formatTable } from '#cli/table'
import { paint, print, formatSeconds } from '#cli/terminal'
import { formatTime } from '#cli/time-text'

export const historyCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const entries = await readMigrationHistory(await openMigrateDeps())
      if (args.json) return print(JSON.stringify(entries))
      if (entries.length === 0) return print('No migration has run on this database.')
      const rows = entries.map(({ startedAt, name, direction, actor, role, durationMs, error }) => [
        formatTime(startedAt),
        direction,
        name,
        formatSeconds(durationMs),
        actor,
        role,
        error === null ? paint('green', 'done') : paint('red', `failed: ${error}`),
      ])
      const headings = ['when', 'direction', 'migration', 'took', 'by', 'role', 'result']
      print(formatTable(headings, rows, { wraps: ['by', 'result'], leaves: ['role', 'took', 'by'] }))
    },
  },
  ['npx hunter db history', 'npx hunter db history --json'],
)
