import { migrationHistory } from '#db/migrate'
import { command } from '#cli/command'
import { jsonArg, migrateDeps } from '#cli/db/deps'
import { paint, print, seconds, table } from '#cli/terminal'

export const historyCommand = command(
  {
    meta: { description: 'List every migration that ran here, forth and back, by whom, and how it ended' },
    args: { json: jsonArg },
    run: async ({ args }) => {
      const entries = await migrationHistory(await migrateDeps())
      if (args.json) return print(JSON.stringify(entries))
      if (entries.length === 0) return print('No migration has run here.')
      const rows = entries.map(({ startedAt, name, direction, actor, role, durationMs, error }) => [
        startedAt.slice(0, 19).replace('T', ' '),
        direction,
        name,
        seconds(durationMs),
        actor,
        role,
        error === null ? paint('green', 'done') : paint('red', `failed: ${error}`),
      ])
      print(table(['when', 'direction', 'migration', 'took', 'by', 'role', 'result'], rows))
    },
  },
  ['npx hunter db history', 'npx hunter db history --json'],
)
