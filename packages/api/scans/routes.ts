import type { Context, Hono } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parsePageQuery } from '#api/http/legacy-pages'
import { parseBody, parseQuery } from '#api/http/validate'
import { serializeLead } from '#api/leads/serialize'
import { hasScope, buildScopeError } from '#api/middleware/authorise'
import { withIdempotencyKey, type Work } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { actForCaller } from '#api/scans/act-for-caller'
import { jobQuery, manyDomains, oneDomain, outcomePage } from '#api/scans/inputs'
import { scanTable } from '#api/scans/table'
import { getLead } from '#leads/get-lead'
import { findListed } from '#leads/listed/find-listed'
import type { Lead } from '#leads/store'
import { nameGroup } from '#scans/bulk/batch-message'
import { cancelJob } from '#scans/bulk/cancel-job'
import { createJob, type JobId } from '#scans/bulk/create-job'
import { getJob, type JobProgress, listJobDomains } from '#scans/bulk/job-progress'
import { listJobs } from '#scans/bulk/list-jobs'
import { queueJob } from '#scans/bulk/queue-batches'
import { type RedriveDeps, redriveDeadLetters, type Redriven } from '#scans/bulk/redrive'
import { reopenFailed } from '#scans/bulk/retry-job'
import { AppError } from '#platform/errors'
import { scanDomain, type ScanDeps } from '#scans/scan-domain'
import type { Domain } from '#signals/normalise'
import { formatCount } from '#platform/count-text'

export interface ScanRouteDeps extends ScanDeps, RedriveDeps {
  newId: () => string
  /** Domains per batch. */
  batchSize: number
  /** Domains that a key may have open at once. */
  openDomainsMax: number
}

export function createScanRoutes(deps: ScanRouteDeps): Hono<ApiEnv> {
  return mountRoutes(scanTable, {
    scanDomain: async (c) => {
      const { domain } = await parseBody(c, oneDomain)
      return withIdempotencyKey<{ domain: Domain }, Lead>(c, deps, {
        run: (keep) => scanDomain(actForCaller(c, deps), domain, (tx, { lead }) => keep(tx, { domain: lead.domain })),
        recall: ({ domain }) => getLead(deps.db, domain),
        answer: async (lead) =>
          sendData(c, serializeLead(lead, await findListed(deps.db, lead.domain)), {
            message: `${lead.domain} scanned`,
          }),
      })
    },

    createJob: async (c) => {
      const { domains } = await parseBody(c, manyDomains)
      const input = { inputs: domains, keyid: c.get('key').keyid, requestId: c.get('requestId') }
      return acceptJob(c, deps, (keep) => createJob(deps, input, (tx, jobId) => keep(tx, { jobId })))
    },

    listJobs: async (c) => {
      const query = parsePageQuery(c, jobQuery)
      const key = c.get('key')
      const keyid = hasScope(key, 'admin') ? undefined : key.keyid
      const { items, nextCursor } = await listJobs(deps.db, { ...query, keyid })
      return sendData(c, { jobs: items, nextCursor }, { message: formatCount(items.length, 'job') })
    },

    getJob: async (c) => {
      const page = parseQuery(c, outcomePage)
      const job = await getReadableJob(c, deps)
      const { items, next } = await listJobDomains(deps.db, job.id, page)
      return sendData(c, { ...job, outcomes: items, nextAfter: next }, { message: `job is ${job.state}` })
    },

    retryJob: async (c) => {
      const jobId = await requireOwnJob(c, deps)
      const input = { jobId, ...buildAuditContext(c) }
      return acceptJob(c, deps, async (keep) => {
        await reopenFailed(deps, input, (tx) => keep(tx, { jobId }))
        return jobId
      })
    },

    cancelJob: async (c) => {
      const jobId = await requireOwnJob(c, deps)
      const input = { jobId, ...buildAuditContext(c) }
      return withIdempotencyKey<CreatedJob, JobId>(c, deps, {
        run: async (keep) => {
          await cancelJob(deps, input, (tx) => keep(tx, { jobId }))
          return jobId
        },
        recall: async () => jobId,
        answer: async () => {
          const job = await getJob(deps.db, jobId)
          return sendData(c, job, { message: `job is ${job.state}` })
        },
      })
    },

    redriveDeadLetters: async (c) => {
      const input = buildAuditContext(c)
      return withIdempotencyKey<Redriven, Redriven>(c, deps, {
        run: (keep) => redriveDeadLetters(deps, input, keep),
        recall: async (redriven) => redriven,
        answer: async (redriven) =>
          sendData(c, redriven, { message: `${formatCount(redriven.moved, 'message')} back in the queue` }),
      })
    },
  })
}

/**
 * A key without `read` sees only its own jobs. For any other id it gets SCOPE_MISSING, whether the job exists or not.
 */
async function getReadableJob(c: Context<ApiEnv>, { db }: ScanRouteDeps): Promise<JobProgress> {
  const key = c.get('key')
  const id = c.req.param('job') ?? ''
  if (hasScope(key, 'read')) return getJob(db, id)
  const job = await getJob(db, id).catch((thrown: unknown) => {
    const isUnknown = thrown instanceof AppError && thrown.code === 'JOB_NOT_FOUND'
    throw isUnknown ? buildScopeError('read') : thrown
  })
  if (job.createdBy !== nameGroup(key.keyid)) throw buildScopeError('read')
  return job
}

/**
 * Only the key that created the job and administrators may change it. @throws AppError JOB_NOT_FOUND, also for other
 * keys' jobs
 */
async function requireOwnJob(c: Context<ApiEnv>, { db }: ScanRouteDeps): Promise<JobId> {
  const key = c.get('key')
  const job = await getJob(db, c.req.param('job') ?? '')
  if (hasScope(key, 'admin') || job.createdBy === nameGroup(key.keyid)) return job.id
  throw new AppError('JOB_NOT_FOUND', 'this key created no such job')
}

interface CreatedJob {
  jobId: JobId
}

/** Queues the batches that are not queued yet, also those that a crash left behind after the job was saved. */
function acceptJob(c: Context<ApiEnv>, deps: ScanRouteDeps, run: Work<CreatedJob, JobId>['run']): Promise<Response> {
  return withIdempotencyKey<CreatedJob, JobId>(c, deps, {
    run,
    recall: async ({ jobId }) => jobId,
    answer: async (jobId) => {
      await queueJob(deps, jobId)
      c.header('Location', `/api/v1/scan/bulk/${jobId}`)
      return sendData(c, await getJob(deps.db, jobId), { message: 'job accepted', status: 202 })
    },
  })
}
