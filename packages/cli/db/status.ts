import { type MigrationState, readMigrationStatus } from '#db/migrate'
import { describeAhead } from '#db/migration-history'
import { withExamples } from '#cli/command'
import { jsonArg, openMigrateDeps } from '#cli/db/deps'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'

export const statusCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const states = await readMigrationStatus(await openMigrateDeps())
      if (args.json) return print(JSON.stringify(states))
      print(formatTable(['migration', 'applied'], states.map(row)))
      const ahead = states.filter(({ isAhead }) => isAhead).map(({ name }) => name)
      if (ahead.length > 0) print(`\n${paint('yellow', 'Ahead')}: ${describeAhead(ahead)}.`)
    },
  },
  ['npx hunter db status', 'npx hunter db status --json'],
)

function row({ name, appliedAt, isAhead }: MigrationState): string[] {
  return [
    name,
    `${appliedAt ? formatTime(appliedAt) : paint('yellow', 'pending')}${isAhead ? paint('yellow', ' (ahead)') : ''}`,
  ]
}
