import { Hono } from 'hono'
import * as z from 'zod/mini'
import type { ApiEnv } from '#api/context'
import { ok } from '#api/envelope'
import type { Needs } from '#api/needs'
import { presentLead } from '#api/present'
import { readBody, readQuery } from '#api/read-input'
import { OUTCOMES } from '#db/tables'
import { createJob, JOB_DOMAINS_MAX, type JobId } from '#scans/create-job'
import { getJob, listJobDomains } from '#scans/job-progress'
import { queueJob, type QueueDeps } from '#scans/queue-batches'
import { reopenFailed } from '#scans/retry-job'
import { scanDomain, type ScanDeps } from '#scans/scan-domain'
import { pageLimit, wholeNumber } from '#api/fields'

export interface ScanRouteDeps extends ScanDeps, QueueDeps {
  newId: () => string
}

/** Of a job's list, which is kept: longer than any domain, since URLs are taken too. */
const typedDomain = z
  .string('must be text')
  .check(z.minLength(1, 'must not be empty'), z.maxLength(2_048, 'must have at most 2048 characters'))

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
export const outcomePage = z.strictObject({
  outcome: z.optional(z.enum(OUTCOMES, `must be one of ${OUTCOMES.join(', ')}`)),
  after: z._default(wholeNumber(0, JOB_DOMAINS_MAX), 0),
  limit: pageLimit(1_000, 100),
})

export function scanRoutes(deps: ScanRouteDeps, needs: Needs): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()

  routes.post('/scan/domain', needs('write'), async (c) => {
    const { domain } = await readBody(c, oneDomain)
    const lead = await scanDomain(deps, domain)
    return ok(c, presentLead(lead), { message: `${lead.domain} scanned` })
  })

  routes.post('/scan/bulk', needs('write'), async (c) => {
    const { domains } = await readBody(c, manyDomains)
    const { keyid } = c.get('key')
    const jobId = await createJob(deps, { inputs: domains, keyid, requestId: c.get('requestId') })
    await queueJob(deps, jobId)
    c.header('Location', `/api/v1/scan/bulk/${jobId}`)
    return ok(c, await getJob(deps.db, jobId), { message: 'job accepted', status: 202 })
  })

  routes.get('/scan/bulk/:job', needs('read'), async (c) => {
    const page = readQuery(c, outcomePage)
    const job = await getJob(deps.db, c.req.param('job'))
    const { items, next } = await listJobDomains(deps.db, job.id, page)
    return ok(c, { ...job, outcomes: items, nextAfter: next }, { message: `job is ${job.state}` })
  })

  routes.post('/scan/bulk/:job/retry', needs('write'), async (c) => {
    const { id } = await getJob(deps.db, c.req.param('job'))
    await retry(deps, { jobId: id, actor: `key:${c.get('key').keyid}`, requestId: c.get('requestId') })
    return ok(c, await getJob(deps.db, id), { message: 'job accepted', status: 202 })
  })

  return routes
}

async function retry(deps: ScanRouteDeps, input: { jobId: JobId; actor: string; requestId: string }): Promise<void> {
  await reopenFailed(deps, input)
  await queueJob(deps, input.jobId)
}
