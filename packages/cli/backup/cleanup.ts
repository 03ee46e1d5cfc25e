import { keepArgs } from '#cli/backup/keep-args'
import { fromArg, nameArg } from '#cli/backup/place'
import { printReport, readReport } from '#cli/backup/retention-report'
import { allowClockSkewArg, formatJson, jsonArg } from '#cli/backup/report'
import { withExamples } from '#cli/command'
import { withProgress } from '#cli/progress'
import type { ProgressState } from '#cli/progress-line'
import { paint, print } from '#cli/terminal'

export const cleanupCommand = withExamples(
  {
    args: {
      'dry-run': { type: 'boolean', description: 'Only show the plan, like "hunter backup plan"' },
      from: fromArg,
      name: nameArg,
      ...keepArgs,
      'allow-clock-skew': allowClockSkewArg,
      json: jsonArg,
    },
    run: async ({ args }) => {
      const { report, carryOut } = await readReport(args)
      if (args['dry-run']) return printReport(report, args.json)
      if (!args.json) printReport(report, false)
      let state: ProgressState = { what: 'tidying up' }
      const onRemoval = (done: number, total: number) =>
        void (state = { what: 'removing', done, total, unit: 'backups' })
      const work = () => carryOut({ allowClockSkew: args['allow-clock-skew'], onRemoval })
      const { text, ...done } = await withProgress(() => state, { json: args.json }, work)
      if (args.json) return print(formatJson({ ...report, done }))
      print(`\n${paint('green', 'Done')}: ${text}`)
    },
  },
  [
    'npx hunter backup cleanup --dry-run',
    'npx hunter backup cleanup',
    'npx hunter backup cleanup --from /mnt/backups --dry-run',
    'npx hunter backup cleanup --from /mnt/backups --keep-daily 7 --keep-weekly 4 --keep-monthly 12',
  ],
)
