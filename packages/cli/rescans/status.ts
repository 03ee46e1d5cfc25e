import { readStatus } from '#scans/rescans/situation'
import { systemClock } from '#platform/clock'
import { withExamples } from '#cli/command'
import { printStatus } from '#cli/rescans/report'
import { withDatabase } from '#cli/with-database'

export const statusCommand = withExamples(
  {
    args: { json: { type: 'boolean', description: 'Print JSON' } },
    run: async ({ args }) => {
      printStatus(await withDatabase((db) => readStatus(db, systemClock.now())), args.json === true)
    },
  },
  ['npx hunter rescans status', 'npx hunter rescans status --json'],
)
