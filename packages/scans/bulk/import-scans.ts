/** Bulk scans as an import asks for them. */
import type { AlsoSave } from '#db/transaction'
import { createJob, type CreateJobDeps, type CreateJobInput, JOB_DOMAINS_MAX, type JobId } from '#scans/bulk/create-job'
import { queueJob, type QueueDeps } from '#scans/bulk/queue-batches'

export function createImportScans(deps: CreateJobDeps & QueueDeps) {
  return {
    domainsMax: JOB_DOMAINS_MAX,
    create: (request: CreateJobInput, also: AlsoSave<string>) => createJob(deps, request, also),
    queue: (jobId: string) => queueJob(deps, jobId as JobId),
  }
}
