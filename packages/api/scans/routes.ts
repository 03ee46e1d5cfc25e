import { type Context, Hono } from 'hono'
import * as z from 'zod/mini'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'
import { pageLimit, wholeNumber } from '#api/http/fields'
import { once, type Work } from '#api/middleware/idempotency'
import { hasScope, type Needs, scopeMissing } from '#api/middleware/authorise'
import { pageFields } from '#api/page-query'
import { presentLead } from '#api/leads/present'
import { readBody, readQuery } from '#api/http/validate'
import { charactersOf } from '#db/input-fields'
import { OUTCOMES } from '#db/tables'
import { getLead } from '#leads/get-lead'
import type { Lead } from '#leads/store'
import type { Change } from '#leads/changes/change-types'
import { nameGroup } from '#scans/bulk/batch-message'
import { cancelJob } from '#scans/bulk/cancel-job'
import { createJob, JOB_DOMAINS_MAX, type JobId } from '#scans/bulk/create-job'
import { getJob, JOB_STATES, type JobProgress, listJobDomains } from '#scans/bulk/job-progress'
import { listJobs } from '#scans/bulk/list-jobs'
import type { KeptLead } from '#leads/save-signals'
import { queueJob } from '#scans/bulk/queue-batches'
import { type RedriveDeps, redriveDeadLetters, type Redriven } from '#scans/bulk/redrive'
import { reopenFailed } from '#scans/bulk/retry-job'
import { actFor } from '#scans/observe-domain'
import { AppError } from '#platform/errors'
import { rescanDomain, scanDomain, type ScanDeps } from '#scans/scan-domain'
import type { Domain } from '#signals/normalise'

export interface ScanRouteDeps extends ScanDeps, RedriveDeps {
  newId: () => string
  /** Domains in a batch. */
  batchSize: number
  /** That a key may have open at once. */
  openDomainsMax: number
}

/** Of a job's list, which is kept: longer than any domain, since URLs are taken too. */
const typedDomain = z
  .string('must be text')
  .check(charactersOf(1, 2_048))
  .register(z.globalRegistry, { minLength: 1, maxLength: 2_048 })

/** Whatever is no domain gets its own answer, the empty and the endless too. */
export const oneDomain = z.strictObject({ domain: z.string('must be text') })
export const manyDomains = z.strictObject({
  domains: z
    .array(typedDomain, 'must be a list of domains')
    .check(
      z.minLength(1, 'must name at least one domain'),
      z.maxLength(JOB_DOMAINS_MAX, `must name at most ${JOB_DOMAINS_MAX} domains`),
    ),
})
export const jobQuery = z.strictObject({
  state: z.optional(z.enum(JOB_STATES, `must be one of ${JOB_STATES.join(', ')}`)),
  ...pageFields,
})
export const outcomePage = z.strictObject({
  outcome: z.optional(z.enum(OUTCOMES, `must be one of ${OUTCOMES.join(', ')}`)),
  after: z._default(wholeNumber(0, JOB_DOMAINS_MAX), 0),
  limit: pageLimit(1_000, 100),
})

export function scanRoutes(deps: ScanRouteDeps, needs: Needs): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()

  routes.post('/scan/domain', needs('write'), async (c) => {
    const { domain } = await readBody(c, oneDomain)
    return once<{ domain: Domain }, Lead>(c, deps, {
      run: (keep) => scanDomain(actForCaller(c, deps), domain, (tx, { lead }) => keep(tx, { domain: lead.domain })),
      recall: ({ domain }) => getLead(deps.db, domain),
      answer: async (lead) => ok(c, presentLead(lead), { message: `${lead.domain} scanned` }),
    })
  })

  routes.post('/leads/:domain/rescan', needs('write'), async (c) => {
    return once<{ domain: Domain; changes: Change[] }, KeptLead>(c, deps, {
      run: (keep) =>
        rescanDomain(actForCaller(c, deps), c.req.param('domain'), (tx, { lead, changes }) =>
          keep(tx, { domain: lead.domain, changes }),
        ),
      recall: async ({ domain, changes }) => ({ lead: await getLead(deps.db, domain), changes }),
      answer: async ({ lead, changes }) => {
        const message = `${lead.domain} scanned, ${changes.length} changes`
        return ok(c, { ...presentLead(lead), changes }, { message })
      },
    })
  })

  routes.post('/scan/bulk', needs('write'), async (c) => {
    const { domains } = await readBody(c, manyDomains)
    const input = { inputs: domains, keyid: c.get('key').keyid, requestId: c.get('requestId') }
    return acceptJob(c, deps, (keep) => createJob(deps, input, (tx, jobId) => keep(tx, { jobId })))
  })

  routes.get('/scan/bulk', needs('read', 'write'), async (c) => {
    const query = readQuery(c, jobQuery)
    const key = c.get('key')
    const keyid = hasScope(key, 'admin') ? undefined : key.keyid
    const { items, nextCursor } = await listJobs(deps.db, { ...query, keyid })
    return ok(c, { jobs: items, nextCursor }, { message: `${items.length} jobs` })
  })

  routes.get('/scan/bulk/:job', needs('read', 'write'), async (c) => {
    const page = readQuery(c, outcomePage)
    const job = await getReadableJob(c, deps)
    const { items, next } = await listJobDomains(deps.db, job.id, page)
    return ok(c, { ...job, outcomes: items, nextAfter: next }, { message: `job is ${job.state}` })
  })

  routes.post('/scan/bulk/:job/retry', needs('write'), async (c) => {
    const jobId = await requireOwnJob(c, deps)
    const input = { jobId, actor: `key:${c.get('key').keyid}`, requestId: c.get('requestId') }
    return acceptJob(c, deps, async (keep) => {
      await reopenFailed(deps, input, (tx) => keep(tx, { jobId }))
      return jobId
    })
  })

  routes.post('/scan/bulk/:job/cancel', needs('write'), async (c) => {
    const jobId = await requireOwnJob(c, deps)
    const input = { jobId, actor: `key:${c.get('key').keyid}`, requestId: c.get('requestId') }
    return once<MadeJob, JobId>(c, deps, {
      run: async (keep) => {
        await cancelJob(deps, input, (tx) => keep(tx, { jobId }))
        return jobId
      },
      recall: async () => jobId,
      answer: async () => {
        const job = await getJob(deps.db, jobId)
        return ok(c, job, { message: `job is ${job.state}` })
      },
    })
  })

  routes.post('/scan/dead-letters/redrive', needs('admin'), async (c) => {
    const input = { actor: `key:${c.get('key').keyid}`, requestId: c.get('requestId') }
    return once<Redriven, Redriven>(c, deps, {
      run: (keep) => redriveDeadLetters(deps, input, keep),
      recall: async (redriven) => redriven,
      answer: async (redriven) => ok(c, redriven, { message: `${redriven.moved} messages are in the queue again` }),
    })
  })

  return routes
}

/** A key that sends many scans at once waits behind its own. */
function actForCaller(c: Context<ApiEnv>, deps: ScanRouteDeps): ScanRouteDeps {
  return actFor(deps, nameGroup(c.get('key').keyid))
}

/** A key without `read` sees what it made itself; of other jobs it learns nothing, not even whether they are there. */
async function getReadableJob(c: Context<ApiEnv>, { db }: ScanRouteDeps): Promise<JobProgress> {
  const key = c.get('key')
  const id = c.req.param('job') ?? ''
  if (hasScope(key, 'read')) return getJob(db, id)
  const job = await getJob(db, id).catch((thrown: unknown) => {
    const isUnknown = thrown instanceof AppError && thrown.code === 'JOB_NOT_FOUND'
    throw isUnknown ? scopeMissing('read') : thrown
  })
  if (job.createdBy !== nameGroup(key.keyid)) throw scopeMissing('read')
  return job
}

/** The key that made the job may change it, and so may administrators. @throws AppError JOB_NOT_FOUND for the jobs of others as well */
async function requireOwnJob(c: Context<ApiEnv>, { db }: ScanRouteDeps): Promise<JobId> {
  const key = c.get('key')
  const job = await getJob(db, c.req.param('job') ?? '')
  if (hasScope(key, 'admin') || job.createdBy === nameGroup(key.keyid)) return job.id
  throw new AppError('JOB_NOT_FOUND', 'this key made no such job')
}

interface MadeJob {
  jobId: JobId
}

/** Queues what is not queued yet: after a crash between the job's rows and its messages, too. */
function acceptJob(c: Context<ApiEnv>, deps: ScanRouteDeps, run: Work<MadeJob, JobId>['run']): Promise<Response> {
  return once<MadeJob, JobId>(c, deps, {
    run,
    recall: async ({ jobId }) => jobId,
    answer: async (jobId) => {
      await queueJob(deps, jobId)
      c.header('Location', `/api/v1/scan/bulk/${jobId}`)
      return ok(c, await getJob(deps.db, jobId), { message: 'job accepted', status: 202 })
    },
  })
}
