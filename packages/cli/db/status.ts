import { type MigrationState, readMigrationStatus } from '#db/migrate'
import { describeAhead } from '#db/migration-history'
import { command } from '#cli/command'
import { jsonArg, migrateDeps } from '#cli/db/deps'
import { table } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { timeText } from '#cli/time-text'

export const statusCommand = command(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const states = await readMigrationStatus(await migrateDeps())
      if (args.json) return print(JSON.stringify(states))
      print(table(['migration', 'applied'], states.map(row)))
      const ahead = states.filter(({ isAhead }) => isAhead).map(({ name }) => name)
      if (ahead.length > 0) print(`\n${paint('yellow', 'Ahead')}: ${describeAhead(ahead)}.`)
    },
  },
  ['npx hunter db status', 'npx hunter db status --json'],
)

function row({ name, appliedAt, isAhead }: MigrationState): string[] {
  return [
    name,
    `${appliedAt ? timeText(appliedAt) : paint('yellow', 'pending')}${isAhead ? paint('yellow', ' (ahead)') : ''}`,
  ]
}
