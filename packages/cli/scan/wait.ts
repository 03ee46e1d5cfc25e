import { toSnakeCaseKeys } from '#api/http/snake-case'
import { AppError } from '#platform/errors'
import { getJob } from '#scans/bulk/job-progress'
import { withExamples, withManyWords } from '#cli/command'
import { EXIT_STATUS, Verdict } from '#cli/exit-status'
import { withJobs } from '#cli/scan/deps'
import { awaitScan, formatCounts, formatFailures, listFailed, untilInterrupted } from '#cli/scan/await-scan'
import { print } from '#cli/terminal'

export const waitCommand = withManyWords(
  withExamples(
    {
      args: {
        job: { type: 'positional', required: false, description: 'Id of a bulk scan; several may follow' },
        json: { type: 'boolean', description: 'Print JSON' },
      },
      run: async ({ args }) => {
        if (args._.length === 0) throw new AppError('USAGE', 'give the id of a bulk scan')
        const { counts, failures } = await withJobs(async ({ db }) => {
          const jobs = await Promise.all([...new Set(args._)].map(async (id) => (await getJob(db, id)).id))
          const counts = await untilInterrupted((leave) => awaitScan(db, jobs, { leave, json: args.json }))
          return { counts, failures: await listFailed(db, jobs) }
        })
        print(
          args.json
            ? JSON.stringify(toSnakeCaseKeys({ ...counts, failures }))
            : [formatCounts(counts), ...formatFailures(failures, counts.failed)].join('\n'),
        )
        if (!counts.ended) throw new Verdict(EXIT_STATUS.interrupted)
      },
    },
    ['npx hunter scan wait 0190f0a0-0000-7000-8000-000000000000'],
  ),
)
