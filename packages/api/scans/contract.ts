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
  received: count.check(z.describe('Entries of the list, duplicates included')),
  duplicates: count.check(z.describe('Entries that name a domain a second time')),
  retries: count.check(z.describe('Number of retries; only a retry makes the counts of finished domains fall')),
}

const jobList = z.object({ jobs: z.array(z.object(jobFields)), next_cursor: cursor })

const job = z.object({
  ...jobFields,
  domains: z.object({ pending: count, done: count, failed: count, cancelled: count }),
  batches: z.object({ unsent: count, queued: count, committed: count, failed: count, cancelled: count }),
})

const redriven = z.object({
  moved: count.check(z.describe('Messages that are back in the queue')),
  unreadable: count.check(z.describe('Messages that name no batch; they stay in the dead-letter queue')),
  more: z.boolean().check(z.describe('True: more messages may be left, so send the request again')),
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
  next_after: z.nullable(count).check(z.describe('Value of after for the next page; null on the last page')),
})

const answers = { lead, job, jobList, jobPage, redriven }

const jobPath = {
  params: z.object({ job: z.uuid().check(z.describe('Id of the job')) }),
  example: { params: { job: '0190f0a0-0000-7000-8000-000000000000' } },
}

export const scanContract = {
  answers,
  operations: {
    scanDomain: {
      summary: 'Scan a domain and save it as a lead',
      idempotent: true,
      body: oneDomain,
      example: { body: { domain: 'acme.com.tr' } },
      answer: 'lead',
      errors: [...NOT_JSON, 'DOMAIN_INVALID', 'SCANS_BUSY'],
    },
    createJob: {
      summary:
        'Scan up to 10,000 domains as a job; a key may have 20,000 open domains at once, unless the service sets another limit',
      idempotent: true,
      body: manyDomains,
      example: { body: { domains: ['acme.com.tr', 'https://www.example.com/'] } },
      status: 202,
      answer: 'job',
      errors: [...NOT_JSON, 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
    },
    listJobs: {
      summary: 'List the jobs that this key created, newest first; administrators see all jobs',
      query: jobQuery,
      answer: 'jobList',
      errors: ['VALIDATION_FAILED'],
    },
    getJob: {
      summary:
        'Get the progress of a job and the outcome of each domain; a key without the scope read sees only its own jobs',
      ...jobPath,
      query: outcomePage,
      answer: 'jobPage',
      errors: ['VALIDATION_FAILED', 'JOB_NOT_FOUND'],
    },
    retryJob: {
      summary:
        'Scan the failed and cancelled domains of a job again, and resend batches that the queue lost; only the key that created the job and administrators may do this',
      idempotent: true,
      ...jobPath,
      status: 202,
      answer: 'job',
      errors: ['JOB_NOT_FOUND', 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
    },
    cancelJob: {
      summary:
        'Cancel a job: finished domains stay, open ones become cancelled, and a retry opens them again; only the key that created the job and administrators may do this',
      idempotent: true,
      ...jobPath,
      answer: 'job',
      errors: ['JOB_NOT_FOUND'],
    },
    redriveDeadLetters: {
      summary: 'Send up to 1,000 dead-lettered batches back to the queue',
      idempotent: true,
      answer: 'redriven',
      errors: ['QUEUE_UNAVAILABLE'],
    },
  },
} satisfies Contract<typeof scanTable, typeof answers>
