import { migrate } from '#db/migrate'
import { describeAhead } from '#db/migration-history'
import { finishMigrations } from '#runtime/after-migrations'
import { formatCount } from '#platform/count-text'
import { withExamples } from '#cli/command'
import { jsonArg, openMigrateDeps } from '#cli/db/deps'
import { withMigrationProgress } from '#cli/db/migration-progress'
import { paint, print } from '#cli/terminal'

export const migrateCommand = withExamples(
  {
    args: {
      to: { type: 'string', valueHint: 'NAME', description: 'Last migration to apply (default: the newest)' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const to = args.to === undefined ? {} : { to: args.to }
      const deps = await openMigrateDeps()
      const { applied, ahead } = await withMigrationProgress(deps, args.json, (watched) => migrate(watched, to))
      const { named, hasOutdatedLeads } = await finishMigrations(deps.url)
      if (args.json) return print(JSON.stringify({ applied, ahead, hasOutdatedLeads }))
      if (named > 0) print(`Erasures find ${formatCount(named, 'older refused row')} by index now.`)
      if (hasOutdatedLeads) print('Older rules scored some leads. Score them again with "hunter leads rescore".')
      if (applied.length === 0)
        return print(ahead.length === 0 ? 'Nothing to do.' : `Nothing to do: ${describeAhead(ahead)}.`)
      for (const name of applied) print(`${paint('green', 'Applied')} ${name}`)
    },
  },
  ['npx hunter db migrate', 'npx hunter db migrate --to 0002_history'],
)
