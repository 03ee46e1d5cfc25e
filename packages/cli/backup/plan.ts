import { keepArgs } from '#cli/backup/keep-args'
import { fromArg, nameArg } from '#cli/backup/place'
import { printReport, readReport } from '#cli/backup/retention-report'
import { jsonArg } from '#cli/backup/report'
import { withExamples } from '#cli/command'

export const planCommand = withExamples(
  {
    args: { from: fromArg, name: nameArg, ...keepArgs, json: jsonArg },
    run: async ({ args }) => {
      const { report } = await readReport(args)
      printReport(report, args.json)
    },
  },
  ['npx hunter backup plan', 'npx hunter backup plan --from /mnt/backups --json'],
)
