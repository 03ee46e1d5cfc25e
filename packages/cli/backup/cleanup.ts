import { applyRetention } from '#backups/retention-apply'
import { printReport, readReport } from '#cli/backup/retention-report'
import { counted, jsonArg } from '#cli/backup/report'
import { command } from '#cli/command'
import { paint, print } from '#cli/terminal'
import { newRetention } from '#runtime/backup-operations'

export const cleanupCommand = command(
  {
    meta: { description: 'Carry the plan out: tag what may expire (the bucket removes it), remove old snapshots' },
    args: {
      'dry-run': { type: 'boolean', description: 'Change nothing, as "hunter backup plan"' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const { service, ...report } = await readReport()
      printReport(report, args.json)
      if (args['dry-run']) return
      const changed = await applyRetention(newRetention(), report.backups)
      const removed = report.snapshots.filter(({ action }) => action === 'remove')
      for (const { identifier } of removed) await service?.remove(identifier)
      if (args.json) return
      const what = `${counted(changed.length, 'backup')} tagged, ${counted(removed.length, 'snapshot')} removed`
      print(`\n${paint('green', 'Done')}: ${what}`)
    },
  },
  ['npx hunter backup cleanup --dry-run', 'npx hunter backup cleanup'],
)
