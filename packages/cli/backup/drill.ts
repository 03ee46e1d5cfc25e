import { drillRestore } from '#backups/operations/drill'
import { BACKUP_OBJECTIVES } from '#backups/operations/objectives'
import type { OnRestore } from '#backups/restore/progress'
import { attach } from '#cli/attach'
import { toRestoreProgress } from '#cli/backup/read-progress'
import { formatJson, jsonArg } from '#cli/backup/report'
import { withExamples } from '#cli/command'
import { withProgress } from '#cli/progress'
import type { ProgressState } from '#cli/progress-line'
import { paint, print, formatSeconds } from '#cli/terminal'
import { prepareDrill } from '#runtime/backup-operations'
import { getProcessContext } from '#runtime/process-context'
import { formatCount } from '#platform/count-text'

export const drillCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      await attach()
      const { deps, input } = prepareDrill(getProcessContext('cli'))
      let state: ProgressState = { what: 'looking for the newest verified backup' }
      const onProgress: OnRestore = (told) => (state = toRestoreProgress(told))
      const drill = await withProgress(
        () => state,
        args,
        () => drillRestore({ ...deps, onProgress }, input),
      )
      if (args.json) return print(formatJson(drill))
      const { backupId, tables = 0, rows = 0, totalMs = 0, restoreMs = 0, compareMs = 0 } = drill
      const what = `${formatCount(tables, 'table')}, ${formatCount(rows, 'row')}, all equal`
      const goal = BACKUP_OBJECTIVES.recoverySecondsMax
      const verdict =
        totalMs <= goal * 1_000
          ? paint('green', `within the goal of ${goal} s`)
          : paint('red', `above the goal of ${goal} s`)
      print(`${paint('green', 'Restored')} ${paint('bold', backupId)} into a scratch database: ${what}`)
      print(`  recovery time  ${formatSeconds(totalMs)}, ${verdict}`)
      print(`  of which       restored in ${formatSeconds(restoreMs)}, compared in ${formatSeconds(compareMs)}`)
    },
  },
  ['npx hunter backup drill', 'npx hunter backup drill --json'],
)
