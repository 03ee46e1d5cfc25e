import { migrate } from '#db/migrate'
import { describeAhead } from '#db/migration-history'
import { finishMigrations } from '#runtime/after-migrations'
import { withExamples } from '#cli/command'
import { jsonArg, openMigrateDeps } from '#cli/db/deps'
import { withMigrationProgress } from '#cli/db/migration-progress'
import { paint, print } from '#cli/terminal'

export const migrateCommand = withExamples(
  {
    args: {
      to: { type: 'string', valueHint: 'NAME', description: 'The last one to apply (default: all)' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const to = args.to === undefined ? {} : { to: args.to }
      const deps = await openMigrateDeps()
      const { applied, ahead } = await withMigrationProgress(deps, args.json, (watched) => migrate(watched, to))
      const { hasOutdatedLeads } = await finishMigrations(deps.url)
      if (args.json) return print(JSON.stringify({ applied, ahead, hasOutdatedLeads }))
      if (hasOutdatedLeads) print('Some leads were judged by other rules. Judge them again: npx hunter leads rescore')
      if (applied.length === 0)
        return print(ahead.length === 0 ? 'Nothing to do.' : `Nothing to do: ${describeAhead(ahead)}.`)
      for (const name of applied) print(`${paint('green', 'Applied')} ${name}`)
    },
  },
  ['npx hunter db migrate', 'npx hunter db migrate --to 0002_history'],
)
