import { printReport, readReport } from '#cli/backup/retention-report'
import { jsonArg } from '#cli/backup/report'
import { command } from '#cli/command'

export const planCommand = command(
  {
    meta: { description: 'Show how long each backup and snapshot stays, and why; changes nothing' },
    args: { json: jsonArg },
    run: async ({ args }) => printReport(await readReport(), args.json),
  },
  ['npx hunter backup plan', 'npx hunter backup plan --json'],
)
