import { asScript } from '#db/catalog/mend'
import { type Drift, drifted, findDrift, hasDrifted } from '#db/drift'
import { command } from '#cli/command'
import { jsonArg, migrateDeps } from '#cli/db/deps'
import { paint, print } from '#cli/terminal'

export const driftCommand = command(
  {
    meta: { description: 'Compare the database with what the migrations make; silent and 0 when equal, else 3' },
    args: { json: jsonArg },
    run: async ({ args }) => {
      const drift = await findDrift(await migrateDeps())
      if (args.json) print(JSON.stringify(drift))
      if (!hasDrifted(drift)) return
      if (!args.json) print(reportOf(drift))
      throw drifted(summaryOf(drift), drift)
    },
  },
  ['npx hunter db drift', 'npx hunter db drift --json'],
)

export function reportOf({ pending, differences, mend }: Omit<Drift, 'pending'> & { pending?: string[] }): string {
  const parts = [...(pending ?? []).map((name) => `- migration ${name} has not run: hunter db migrate`), ...differences]
  if (mend.length > 0)
    parts.push('', paint('dim', '-- What would mend the differences. Review it: a drop takes its data along.'))
  return parts.join('\n') + (mend.length > 0 ? `\n${asScript(mend).trimEnd()}` : '')
}

function summaryOf({ pending, differences }: Drift): string {
  if (differences.length === 0) return `${pending.length} migrations have not run; nothing else differs`
  const rest = pending.length === 0 ? '' : `, and ${pending.length} have not run`
  return `the database is not what its migrations make${rest}`
}
