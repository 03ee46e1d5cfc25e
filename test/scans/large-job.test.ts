import type { SQSEvent } from 'aws-lambda'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { INSTANCES_MAX } from '#deployment/instances'
import type { BatchMessage } from '#scans/bulk/batch-message'
import { createJob } from '#scans/bulk/create-job'
import { getJob, listJobDomains } from '#scans/bulk/job-progress'
import { queueJob } from '#scans/bulk/queue-batches'
import { handleMessages } from '#scans/bulk/handle-messages'
import { disagreements } from '../support/check-job.ts'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createFakeQueue, workerDeps } from '../support/scan-deps.ts'
import { TestClock } from '../support/test-clock.ts'

/** The most that the API takes is 10,000. */
const DOMAINS = Number(process.env['HUNTER_BULK_DOMAINS'] ?? 1_000)

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())

it(`completes a job of ${DOMAINS} domains with as many workers as may run`, async () => {
  const inputs = Array.from({ length: DOMAINS }, (_, n) => `firma${n}.com.tr`)
  const dns = createFakeDns(Object.assign({}, ...inputs.map(googleCompany)))
  const [clock, queue] = [new TestClock(), createFakeQueue()]
  const jobId = await createJob({ db: database.db, clock, newId: v7, batchSize: 50 }, { inputs, keyid: null })
  await queueJob({ db: database.db, queue, clock }, jobId)
  expect(queue.sent).toHaveLength(Math.ceil(DOMAINS / 50))

  const worker = workerDeps(database.db, dns, { clock })
  const answers = await Promise.all(
    Array.from({ length: INSTANCES_MAX.worker }, async () => {
      const failures = []
      for (let next = queue.sent.shift(); next; next = queue.sent.shift()) {
        dns.asked = []
        failures.push(...(await handleMessages(worker, eventOf(next))).batchItemFailures)
      }
      return failures
    }),
  )
  expect(answers.flat()).toEqual([])
  expect(await getJob(database.db, jobId)).toMatchObject({ state: 'done', domains: { done: DOMAINS, failed: 0 } })
  expect(await disagreements(database.db)).toEqual([])
  const leads = await database.db.execute(sql`select from leads_ready`)
  expect(leads.rowCount).toBe(DOMAINS)
  const { items } = await listJobDomains(database.db, jobId, { after: 0, limit: DOMAINS })
  expect(items.map(({ input }) => input)).toEqual(inputs)
})

function eventOf(message: BatchMessage): SQSEvent {
  const record = { messageId: '1', body: JSON.stringify(message), attributes: { ApproximateReceiveCount: '1' } }
  return { Records: [record] } as SQSEvent
}
