import { readMigrationHistory } from '#db/migrate'
import { command } from '#cli/command'
import { jsonArg, migrateDeps } from '#cli/db/deps'
import { table } from '#cli/table'
import { paint, print, seconds } from '#cli/terminal'
import { timeText } from '#cli/time-text'

export const historyCommand = command(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const entries = await readMigrationHistory(await migrateDeps())
      if (args.json) return print(JSON.stringify(entries))
      if (entries.length === 0) return print('No migration has run here.')
      const rows = entries.map(({ startedAt, name, direction, actor, role, durationMs, error }) => [
        timeText(startedAt),
        direction,
        name,
        seconds(durationMs),
        actor,
        role,
        error === null ? paint('green', 'done') : paint('red', `failed: ${error}`),
      ])
      const headings = ['when', 'direction', 'migration', 'took', 'by', 'role', 'result']
      print(table(headings, rows, { wraps: ['by', 'result'], leaves: ['role', 'took', 'by'] }))
    },
  },
  ['npx hunter db history', 'npx hunter db history --json'],
)
