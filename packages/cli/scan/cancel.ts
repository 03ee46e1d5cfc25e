import { toSnakeCaseKeys } from '#api/http/snake-case'
import { cancelJob } from '#scans/bulk/cancel-job'
import { getJob } from '#scans/bulk/job-progress'
import { withExamples } from '#cli/command'
import { withJobs } from '#cli/scan/deps'
import { paint, print } from '#cli/terminal'
import { formatCount } from '#platform/count-text'

export const cancelCommand = withExamples(
  {
    args: {
      job: { type: 'positional', required: true, description: 'Id of the bulk scan, as the API returned it' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const { open, job } = await withJobs(async (deps, actor) => {
        const { id: jobId } = await getJob(deps.db, args.job)
        const open = await cancelJob(deps, { jobId, actor })
        return { open, job: await getJob(deps.db, jobId) }
      })
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys(job)))
      const { done, failed } = job.domains
      print(`${paint('green', 'Cancelled')} ${formatCount(open, 'unfinished domain')}; ${done} done, ${failed} failed`)
    },
  },
  ['npx hunter scan cancel 0190f0a0-0000-7000-8000-000000000000'],
)
