import { stampMigrations } from '#db/drift'
import { AppError } from '#platform/errors'
import { withExamples } from '#cli/command'
import { jsonArg, openMigrateDeps } from '#cli/db/deps'
import { formatDrift } from '#cli/db/drift'
import { paint, print } from '#cli/terminal'

export const stampCommand = withExamples(
  {
    args: {
      name: { type: 'positional', required: true, description: 'Newest migration that the database already has' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const stamped = await stampOrReport(args.name, args.json === true)
      if (args.json) return print(JSON.stringify({ stamped }))
      for (const name of stamped) print(`${paint('green', 'Recorded as applied')} ${name}`)
    },
  },
  ['npx hunter db stamp 0001_initial'],
)

async function stampOrReport(name: string, isJson: boolean): Promise<string[]> {
  try {
    return await stampMigrations(await openMigrateDeps(), name)
  } catch (thrown) {
    if (!isJson && thrown instanceof AppError && thrown.code === 'SCHEMA_DRIFTED') {
      print(formatDrift(thrown.details as { differences: string[]; repair: string[] }))
    }
    throw thrown
  }
}
