import { formatScript } from '#db/catalog/repair'
import { type Drift, createDriftError, createAheadDriftError, findDrift, hasDrifted } from '#db/drift'
import { describeAhead } from '#db/migration-history'
import { withExamples } from '#cli/command'
import { jsonArg, openMigrateDeps } from '#cli/db/deps'
import { withMigrationProgress } from '#cli/db/migration-progress'
import { paint, print } from '#cli/terminal'
import { formatCount } from '#platform/count-text'

export const driftCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const drift = await withMigrationProgress(await openMigrateDeps(), args.json, findDrift)
      if (args.json) print(JSON.stringify(drift))
      if (!hasDrifted(drift)) return args.json ? undefined : printAhead(drift)
      if (!args.json) print(formatDrift(drift))
      throw drift.ahead.length > 0 ? createAheadDriftError(drift) : createDriftError(summarise(drift), drift)
    },
  },
  ['npx hunter db drift', 'npx hunter db drift --json'],
)

function printAhead({ ahead }: Drift): void {
  if (ahead.length === 0) return
  print(
    `${paint('yellow', 'Ahead')}: ${describeAhead(ahead)}. What this checkout's migrations made is unchanged; additions were not compared.`,
  )
}

export function formatDrift({ pending, differences, repair }: ReportedDrift): string {
  const parts = [
    ...(pending ?? []).map((name) => `- migration ${name} is pending: run "hunter db migrate"`),
    ...differences,
  ]
  if (repair.length > 0)
    parts.push('', paint('dim', '-- SQL that would undo the differences. Review it: a drop deletes data.'))
  return parts.join('\n') + (repair.length > 0 ? `\n${formatScript(repair).trimEnd()}` : '')
}

type ReportedDrift = Pick<Drift, 'differences' | 'repair'> & { pending?: string[] }

function summarise({ pending, differences }: Drift): string {
  if (differences.length === 0) return `${formatCount(pending.length, 'migration')} pending; nothing else differs`
  const rest = pending.length === 0 ? '' : `, and ${pending.length} pending`
  return `the database differs from what its migrations produce${rest}`
}
