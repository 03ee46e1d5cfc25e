import { migrationStatus } from '#db/migrate'
import { command } from '#cli/command'
import { jsonArg, migrateDeps } from '#cli/db/deps'
import { paint, print, table } from '#cli/terminal'

export const statusCommand = command(
  {
    meta: { description: 'List the migrations and when each was applied' },
    args: { json: jsonArg },
    run: async ({ args }) => {
      const states = await migrationStatus(await migrateDeps())
      if (args.json) return print(JSON.stringify(states))
      const rows = states.map(({ name, appliedAt }) => [name, appliedAt ?? paint('yellow', 'pending')])
      print(table(['migration', 'applied'], rows))
    },
  },
  ['npx hunter db status', 'npx hunter db status --json'],
)
