import { redriveDeadLetters } from '#scans/bulk/redrive'
import { withExamples } from '#cli/command'
import { withJobs } from '#cli/scan/deps'
import { paint, print } from '#cli/terminal'
import { formatCount } from '#platform/count-text'

export const redriveCommand = withExamples(
  {
    args: { json: { type: 'boolean', description: 'Print JSON' } },
    run: async ({ args }) => {
      const redriven = await withJobs(async (deps, actor) => {
        const { createScanDeadLetters, createScanQueue } = await import('#runtime/scan-queues')
        const queues = { queue: createScanQueue(), deadLetters: createScanDeadLetters() }
        return redriveDeadLetters({ ...deps, ...queues }, { actor })
      })
      if (args.json) return print(JSON.stringify(redriven))
      const { moved, unreadable, more } = redriven
      print(`${paint('green', 'Moved')} ${formatCount(moved, 'message')} back to the queue`)
      if (unreadable > 0)
        print(
          paint(
            'yellow',
            `${formatCount(unreadable, 'message')} without a batch or an import left in the dead-letter queue`,
          ),
        )
      if (more) print(paint('yellow', 'More messages are waiting: run the command again'))
    },
  },
  ['npx hunter scan redrive'],
)
