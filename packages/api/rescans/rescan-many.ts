/** Rescans of many leads as one job: by the filters of the list, or by a list of domains. */
import type { Context } from 'hono'
import type * as z from 'zod/mini'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { toLeadFilters } from '#api/leads/inputs'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import type { rescanBody } from '#api/rescans/inputs'
import type { ScanRouteDeps } from '#api/scans/routes'
import type { Database } from '#db/client'
import { chooseLeads, countKnown } from '#leads/list/choose-leads'
import { countLeads } from '#leads/list/count-leads'
import { AppError } from '#platform/errors'
import { createJob, type JobId } from '#scans/bulk/create-job'
import { getJob } from '#scans/bulk/job-progress'
import { queueJob } from '#scans/bulk/queue-batches'
import { type Domain, normaliseDomain } from '#signals/normalise'
import { formatCount } from '#platform/count-text'

type RescanBody = z.output<typeof rescanBody>

/** Counts what the same request would scan, and changes nothing. */
export async function answerDryRun(c: Context<ApiEnv>, { db }: ScanRouteDeps, body: RescanBody): Promise<Response> {
  const { domains: _domains, ...chosen } = await chooseRescans(db, body)
  return sendData(
    c,
    { ...chosen, job: null },
    { message: `${formatCount(chosen.selected, 'lead')}, no job`, status: 202 },
  )
}

interface StartedRescans extends Omit<ChosenRescans, 'domains'> {
  jobId: JobId
}

/** @throws AppError LEAD_NOT_FOUND when no lead matches; OPEN_DOMAINS_LIMIT, QUEUE_UNAVAILABLE */
export function startRescans(c: Context<ApiEnv>, deps: ScanRouteDeps, body: RescanBody): Promise<Response> {
  return withIdempotencyKey<StartedRescans, StartedRescans>(c, deps, {
    run: async (keep) => {
      const { domains, ...chosen } = await chooseRescans(deps.db, body)
      if (domains.length === 0) throw new AppError('LEAD_NOT_FOUND', 'no lead matches the filter')
      const request = {
        inputs: domains,
        keyid: c.get('key').keyid,
        kind: 'rescan',
        requestId: c.get('requestId'),
      } as const
      const jobId = await createJob(deps, request, (tx, jobId) => keep(tx, { ...chosen, jobId }))
      return { ...chosen, jobId }
    },
    recall: async (started) => started,
    answer: async ({ jobId, ...chosen }) => {
      await queueJob(deps, jobId)
      c.header('Location', `/api/v1/scan/bulk/${jobId}`)
      return sendData(c, { ...chosen, job: await getJob(deps.db, jobId) }, { message: 'job accepted', status: 202 })
    },
  })
}

interface ChosenRescans {
  domains: string[]
  matching: { value: number; exact: boolean }
  selected: number
  nextCursor: string | null
}

/** A list keeps what is no lead, because the job answers for each of its entries. */
async function chooseRescans(
  db: Database,
  { domains, filter = {}, limit, cursor }: RescanBody,
): Promise<ChosenRescans> {
  if (domains) {
    const value = await countKnown(db, domains.flatMap(readDomain))
    return { domains, matching: { value, exact: true }, selected: domains.length, nextCursor: null }
  }
  const filters = toLeadFilters(filter)
  const [chosen, matching] = [await chooseLeads(db, filters, { limit, cursor }), await countLeads(db, filters)]
  return { ...chosen, matching, selected: chosen.domains.length }
}

function readDomain(input: string): Domain[] {
  try {
    return [normaliseDomain(input)]
  } catch {
    return []
  }
}
