import * as z from 'zod/mini'
import { count, cursor, describeField, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { lead } from '#api/leads/contract'
import { jobQuery, manyDomains, oneDomain, outcomePage } from '#api/scans/inputs'
import type { scanTable } from '#api/scans/table'
import { JOB_KINDS, OUTCOMES } from '#db/tables'
import { JOB_STATES } from '#scans/bulk/job-progress'

const jobFields = {
  id: describeField(z.uuid(), 'Id of the job'),
  state: describeField(z.enum(JOB_STATES), 'State of the job'),
  kind: describeField(z.enum(JOB_KINDS), 'rescan: known leads only; schedule: rescans that give way to all others'),
  created_by: describeField(z.string(), 'Key that created the job', 'key:3kTMd92aXb0Q'),
  created_at: describeField(time, 'When the job was created'),
  received: describeField(count, 'Entries of the list, duplicates included', 2),
  duplicates: describeField(count, 'Entries that name a domain a second time', 0),
  retries: describeField(count, 'Number of retries; only a retry makes the counts of finished domains fall', 0),
}

const jobList = z.object({
  jobs: describeField(z.array(z.object(jobFields)), 'The jobs of this page, newest first'),
  next_cursor: cursor,
})

export const job = z.object({
  ...jobFields,
  domains: describeField(
    z.object({
      pending: describeField(count, 'Domains without an outcome yet', 1),
      done: describeField(count, 'Domains that became leads', 1),
      failed: describeField(count, 'Domains that could not be scanned', 0),
      cancelled: describeField(count, 'Domains that were open when the job was cancelled', 0),
    }),
    'Number of domains by outcome',
  ),
  batches: describeField(
    z.object({
      unsent: describeField(count, 'Batches that the queue does not have yet', 0),
      queued: describeField(count, 'Batches that wait for a worker, or are with one', 1),
      committed: describeField(count, 'Batches that are finished', 0),
      failed: describeField(count, 'Batches that failed', 0),
      cancelled: describeField(count, 'Batches that were open when the job was cancelled', 0),
    }),
    'Number of batches by state; a batch is what one message of the queue holds',
  ),
})

const redriven = z.object({
  moved: describeField(count, 'Messages that are back in the queue', 12),
  unreadable: describeField(
    count,
    'Messages that name neither a batch nor an import; they stay in the dead-letter queue',
    0,
  ),
  more: describeField(z.boolean(), 'True: more messages may be left, so send the request again'),
})

const jobPage = z.object({
  ...job.shape,
  outcomes: describeField(
    z.array(
      z.object({
        position: describeField(count, 'Position in the list of the request, from 1', 1),
        input: describeField(z.string(), 'The entry as it was sent', 'https://www.acme.com.tr/'),
        domain: describeField(z.nullable(z.string()), 'Its domain; null when it has none', 'acme.com.tr'),
        outcome: describeField(z.enum(OUTCOMES), 'Outcome of the entry'),
        reason: describeField(z.nullable(z.string()), 'Code of the failure; null without one', 'DOMAIN_INVALID'),
        message: describeField(z.nullable(z.string()), 'The failure in words', 'an IP address is not a domain'),
        attempts: describeField(count, 'How often it was tried', 1),
        finished_at: describeField(z.nullable(time), 'When it got its outcome; null while it is pending'),
      }),
    ),
    'The outcomes of this page, in the order of the list',
  ),
  next_after: describeField(z.nullable(count), 'Value of after for the next page; null on the last page', 100),
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
      description:
        'Scans a domain now and saves it as a lead. A signal that did not answer is `unknown`, and the score gets a range.',
      idempotent: true,
      body: oneDomain,
      example: { body: { domain: 'acme.com.tr' } },
      answer: 'lead',
      errors: [...NOT_JSON, 'DOMAIN_INVALID', 'SCANS_BUSY', 'LEAD_ERASED'],
    },
    createJob: {
      summary: 'Scan a list of domains as a job',
      description:
        'Scans up to 10,000 domains as a job. A key may have 20,000 open domains at once, unless the service sets another limit.',
      idempotent: true,
      body: manyDomains,
      example: { body: { domains: ['acme.com.tr', 'https://www.example.com/'] } },
      status: 202,
      hasLocation: true,
      answer: 'job',
      errors: [...NOT_JSON, 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
    },
    listJobs: {
      summary: 'List jobs, newest first',
      description: 'Lists the jobs that this key created, newest first. Administrators see all jobs.',
      example: { query: { state: 'done' } },
      query: jobQuery,
      answer: 'jobList',
      errors: ['VALIDATION_FAILED'],
    },
    getJob: {
      summary: 'Get the progress of a job and the outcome of each domain',
      description:
        'Returns the progress of a job and the outcome of each domain. A key without the scope `read` sees only its own jobs.',
      ...jobPath,
      query: outcomePage,
      answer: 'jobPage',
      errors: ['VALIDATION_FAILED', 'JOB_NOT_FOUND'],
    },
    retryJob: {
      summary: 'Scan the failed and cancelled domains of a job again',
      description:
        'Scans the failed and cancelled domains of a job again, and resends batches that the queue lost. Only the key that created the job and administrators may do this.',
      idempotent: true,
      ...jobPath,
      status: 202,
      hasLocation: true,
      answer: 'job',
      errors: ['JOB_NOT_FOUND', 'OPEN_DOMAINS_LIMIT', 'QUEUE_UNAVAILABLE'],
    },
    cancelJob: {
      summary: 'Cancel a job',
      description:
        'Cancels a job: finished domains stay, open ones become cancelled, and a retry opens them again. Only the key that created the job and administrators may do this.',
      idempotent: true,
      ...jobPath,
      answer: 'job',
      errors: ['JOB_NOT_FOUND'],
    },
    redriveDeadLetters: {
      summary: 'Send dead-lettered batches and imports back to the queue',
      description:
        'Sends up to 1,000 messages of the dead-letter queue back to the queue of the workers. An import that failed there goes on after its last stored row.',
      idempotent: true,
      answer: 'redriven',
      errors: ['QUEUE_UNAVAILABLE'],
    },
  },
} satisfies Contract<typeof scanTable, typeof answers>
