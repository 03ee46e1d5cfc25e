import * as z from 'zod/mini'
import { count, cursor, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { lead } from '#api/leads/contract'
import { jobQuery, manyDomains, oneDomain, outcomePage } from '#api/scans/inputs'
import type { scanTable } from '#api/scans/table'
import { OUTCOMES } from '#db/tables'
import { JOB_STATES } from '#scans/bulk/job-progress'

const jobFields = {
  id: z.uuid(),
  state: z.enum(JOB_STATES),
  created_by: z.string(),
  created_at: time,
  received: count,
  duplicates: count,
  /** Times that domains were opened again: nothing else makes the counts of those that have ended fall. */
  retries: count,
}

const jobList = z.object({ jobs: z.array(z.object(jobFields)), next_cursor: cursor })

const job = z.object({
  ...jobFields,
  domains: z.object({ pending: count, done: count, failed: count, cancelled: count }),
  batches: z.object({ unsent: count, queued: count, committed: count, failed: count, cancelled: count }),
})

const redriven = z.object({
  /** Messages that are in the queue again. */
  moved: count,
  /** What names no batch, and stays where it is. */
  unreadable: count,
  /** There may be more: ask again. */
  more: z.boolean(),
})

const jobPage = z.object({
  ...job.shape,
  outcomes: z.array(
    z.object({
      position: count,
      input: z.string(),
      domain: z.nullable(z.string()),
      outcome: z.enum(OUTCOMES),
      reason: z.nullable(z.string()),
      message: z.nullable(z.string()),
      attempts: count,
      finished_at: z.nullable(time),
    }),
  ),
  next_after: z.nullable(count),
})

const answers = { lead, job, jobList, jobPage, redriven }

const ofJob = {
  params: z.object({ job: z.uuid() }),
  example: { params: { job: '0190f0a0-0000-7000-8000-000000000000' } },
}

export const scanContract: Contract<typeof scanTable, typeof answers> = {
  answers,
  operations: {
    scanDomain: {
      summary: 'Scan a domain and keep it as a lead',
      idempotent: true,
      body: oneDomain,
      example: { body: { domain: 'acme.com.tr' } },
      answer: 'lead',
      errors: [...NOT_JSON, 'DOMAIN_INVALID', 'SCANS_BUSY'],
    },
    createJob: {
      summary:
        'Scan up to 10,000 domains as a job; a key may have so many domains open at once (20,000 unless the service sets another number)',
      idempotent: true,
      body: manyDomains,
      example: { body: { domains: ['acme.com.tr', 'https://www.example.com/'] } },
      status: 202,
      answer: 'job',
      errors: [...NOT_JSON, 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
    },
    listJobs: {
      summary: 'The jobs that the key made, or all for administrators: the newest first, by state, page by page',
      query: jobQuery,
      answer: 'jobList',
      errors: ['VALIDATION_FAILED'],
    },
    getJob: {
      summary:
        'How far a job is, and the outcome of each domain: what has ended stays so until a retry, which it counts. A key without read sees its own jobs',
      ...ofJob,
      query: outcomePage,
      answer: 'jobPage',
      errors: ['VALIDATION_FAILED', 'JOB_NOT_FOUND'],
    },
    retryJob: {
      summary:
        'Scan the failed and the cancelled domains of a job once more, and send again what its queue lost; for the key that made it, and administrators',
      idempotent: true,
      ...ofJob,
      status: 202,
      answer: 'job',
      errors: ['JOB_NOT_FOUND', 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
    },
    cancelJob: {
      summary:
        'End a job: what is scanned stays, open domains end as cancelled, and a retry would open them again; for the key that made it, and administrators',
      idempotent: true,
      ...ofJob,
      answer: 'job',
      errors: ['JOB_NOT_FOUND'],
    },
    redriveDeadLetters: {
      summary: 'Put batches that the queue gave up into it again, up to 1,000 of them',
      idempotent: true,
      answer: 'redriven',
      errors: ['QUEUE_UNAVAILABLE'],
    },
  },
}
