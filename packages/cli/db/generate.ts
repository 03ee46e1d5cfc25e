import { generateMigration } from '#db/generate'
import * as tables from '#db/tables'
import { withExamples } from '#cli/command'
import { jsonArg, openMigrateDeps } from '#cli/db/deps'
import { paint, print } from '#cli/terminal'

export const generateCommand = withExamples(
  {
    args: {
      name: { type: 'positional', required: true, description: 'Name in lower-case letters, digits and underscores' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const { name, up, down, differs } = await generateMigration(await openMigrateDeps(), { name: args.name, tables })
      if (args.json) return print(JSON.stringify({ name, up, down }))
      print(`${paint('green', 'Wrote')} migrations/${name}.sql and migrations/${name}.down.sql`)
      if (!differs) print('The database already matches packages/db/tables.ts: write the SQL yourself.')
      print(`Review both files, add checks and indexes, and set REVISION in packages/db/revision.ts to ${name}.`)
    },
  },
  ['npx hunter db generate referrals'],
)
