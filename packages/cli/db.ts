import { fileURLToPath } from 'node:url'
import { defineCommand } from 'citty'
import { type MigrateDeps, migrate, migrationStatus, rollbackLast } from '#db/migrate'
import { AppError } from '#platform/errors'
import { attach } from '#cli/attach'
import { command } from '#cli/command'
import { paint, print, table } from '#cli/terminal'
import { baseOf, databaseUrl } from '#runtime/base'

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
const jsonArg = { type: 'boolean', description: 'Print JSON' } as const

async function migrateDeps(): Promise<MigrateDeps> {
  await attach()
  return { url: databaseUrl(baseOf('cli').settings), folder: FOLDER }
}

const migrateCommand = command(
  {
    meta: { description: 'Apply the migrations that are pending' },
    args: { json: jsonArg },
    run: async ({ args }) => {
      const applied = await migrate(await migrateDeps())
      if (args.json) return print(JSON.stringify({ applied }))
      if (applied.length === 0) return print('Nothing to do.')
      for (const name of applied) print(`${paint('green', 'Applied')} ${name}`)
    },
  },
  ['npx hunter db migrate'],
)

const statusCommand = command(
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

const rollbackCommand = command(
  {
    meta: { description: 'Take the newest migration back, with the data that it made room for' },
    args: { yes: { type: 'boolean', description: 'Do it; without this, say only what would be done' }, json: jsonArg },
    run: async ({ args }) => {
      const deps = await migrateDeps()
      const last = (await migrationStatus(deps)).findLast(({ appliedAt }) => appliedAt)
      if (last && !args.yes) {
        throw new AppError('USAGE', `this would take back ${last.name} and drop its data; add --yes to do it`)
      }
      const name = last ? await rollbackLast(deps) : null
      if (args.json) return print(JSON.stringify({ rolledBack: name }))
      print(name === null ? 'Nothing to do.' : `${paint('green', 'Took back')} ${name}`)
    },
  },
  ['npx hunter db rollback', 'npx hunter db rollback --yes'],
)

export const dbCommand = defineCommand({
  meta: { name: 'db', description: 'Migrate the database' },
  subCommands: { migrate: migrateCommand, status: statusCommand, rollback: rollbackCommand },
})
