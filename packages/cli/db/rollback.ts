import { runBackup } from '#backups/operations/run-backup'
import { rollBack, planRollback } from '#db/migrate'
import { AppError } from '#platform/errors'
import { withExamples } from '#cli/command'
import { showRunProgress } from '#cli/backup/run-progress'
import { jsonArg, openMigrateDeps } from '#cli/db/deps'
import { withMigrationProgress } from '#cli/db/migration-progress'
import { paint, print } from '#cli/terminal'
import { prepareBackup } from '#runtime/backups'
import { getProcessContext } from '#runtime/process-context'

export const rollbackCommand = withExamples(
  {
    args: {
      to: { type: 'string', valueHint: 'NAME', description: 'Roll back every migration after this one' },
      yes: { type: 'boolean', description: 'Roll back; without it, only say what would be rolled back' },
      backup: { type: 'boolean', default: true, negativeDescription: 'Skip the backup' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const deps = await openMigrateDeps()
      const input = args.to === undefined ? {} : { to: args.to }
      const plan = await planRollback(deps, input)
      if (plan.length > 0 && !args.yes) {
        throw new AppError('USAGE', `this would roll back ${plan.join(', ')} and drop its data; add --yes to do it`)
      }
      const backup = plan.length > 0 && args.backup ? await backUp(args.json) : null
      if (backup !== null && !args.json)
        print(`${paint('green', 'Backed up')} ${backup}; its proof follows automatically`)
      const takeBack = () => withMigrationProgress(deps, args.json, (watched) => rollBack(watched, input))
      const rolledBack = plan.length > 0 ? await takeBack() : []
      if (args.json) return print(JSON.stringify({ rolledBack, backup }))
      if (rolledBack.length === 0) return print('Nothing to do.')
      for (const name of rolledBack) print(`${paint('green', 'Rolled back')} ${name}`)
    },
  },
  ['npx hunter db rollback', 'npx hunter db rollback --yes', 'npx hunter db rollback --to 0001_initial --yes'],
)

/** @throws AppError as `hunter backup run` does: nothing is rolled back without a backup */
async function backUp(json: boolean | undefined): Promise<string> {
  const { deps, input } = prepareBackup(getProcessContext('cli'))
  const progress = showRunProgress({ json })
  const { manifest } = await runBackup(deps, { ...input, onBegin: progress.begin }).finally(progress.end)
  return manifest.id
}
