/** Rescans of many leads, and the schedule that scans all of them again. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listJobDomains } from '#scans/bulk/job-progress'
import { processBatch } from '#scans/bulk/process-batch'
import type { JobId } from '#scans/bulk/create-job'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createFakeQueue, type FakeQueue, scanDeps } from '../support/scan-deps.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

const BULK = '/api/v1/rescan/bulk'
const SCHEDULE = '/api/v1/rescan/schedule'

let database: HunterDatabase
let queue: FakeQueue
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  queue = createFakeQueue()
  api = createTestApi(database.db, { queue })
  key = await api.key(['read', 'write'])
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, scan_jobs, rescan_schedule, audit_log cascade`)
  queue.sent = []
  api.dns.zone.clear()
})

interface Started {
  matching: object
  selected: number
  job: { id: string }
  next_cursor: string
}

const rescan = (body: object) => api.call('POST', BULK, { key, body })

async function keepLeads(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await keepLead(database.db, sampleLead({ domain: `firma${n}.com`, score: 60 + n }))
    for (const [name, records] of Object.entries(googleCompany(`firma${n}.com`))) api.dns.zone.set(name, records)
  }
}

async function work(jobId: string) {
  const worker = scanDeps(database.db, api.dns, { clock: api.clock })
  for (const { batch } of queue.sent) await processBatch(worker, { jobId, batch, lastTry: false })
  const { items } = await listJobDomains(database.db, jobId as JobId, { after: 0, limit: 100 })
  return items.map(({ domain, outcome, reason }) => [domain, outcome, reason])
}

describe('POST /rescan/bulk', () => {
  it('scans the leads that match the filters of the list, the best score first', async () => {
    await keepLeads(4)
    const { status, body, headers } = await rescan({ filter: { segment: 'Migration', score_max: 62 }, limit: 2 })
    const { matching, selected, job, next_cursor: next } = body.data as unknown as Started
    expect([status, matching, selected]).toEqual([202, { value: 3, exact: true }, 2])
    expect(job).toMatchObject({ kind: 'rescan', state: 'queued', domains: { pending: 2 } })
    expect(headers.get('Location')).toBe(`/api/v1/scan/bulk/${job.id}`)
    expect(await work(job.id)).toEqual([
      ['firma2.com', 'done', null],
      ['firma1.com', 'done', null],
    ])
    const rest = await rescan({ filter: { segment: 'Migration', score_max: 62 }, cursor: next })
    expect(rest.body.data).toMatchObject({ selected: 1, next_cursor: null })
  })

  it('scans what a list names, and makes no lead of what is none', async () => {
    await keepLeads(1)
    const { body } = await rescan({ domains: ['https://firma0.com/', 'new.com', '10.0.0.1'] })
    const { matching, selected, job } = body.data as unknown as Started
    expect([matching, selected]).toEqual([{ value: 1, exact: true }, 3])
    expect(await work(job.id)).toEqual([
      ['firma0.com', 'done', null],
      ['new.com', 'failed', 'LEAD_NOT_FOUND'],
      [null, 'failed', 'DOMAIN_INVALID'],
    ])
    expect((await database.db.execute(sql`select from companies`)).rowCount).toBe(1)
    expect(api.dns.asked).not.toContain('new.com')
  })

  it('says how many a dry run would scan, and creates nothing', async () => {
    await keepLeads(3)
    const { status, body } = await rescan({ filter: { score_min: 61 }, dry_run: true })
    expect([status, body.data]).toEqual([
      202,
      { matching: { value: 2, exact: true }, selected: 2, next_cursor: null, job: null },
    ])
    expect((await rescan({ domains: ['firma0.com', 'x.com'], dry_run: true })).body.data).toMatchObject({
      matching: { value: 1 },
      job: null,
    })
    expect((await database.db.execute(sql`select from scan_jobs`)).rowCount).toBe(0)
  })

  it.each([
    [{}, 422, 'VALIDATION_FAILED'],
    [{ domains: ['a.com'], filter: {} }, 422, 'VALIDATION_FAILED'],
    [{ domains: [] }, 422, 'VALIDATION_FAILED'],
    [{ domains: ['a.com'], cursor: 'x' }, 422, 'VALIDATION_FAILED'],
    [{ filter: { score_min: '60' } }, 422, 'VALIDATION_FAILED'],
    [{ filter: { colour: 'red' } }, 422, 'VALIDATION_FAILED'],
    [{ filter: {}, limit: 10_001 }, 422, 'VALIDATION_FAILED'],
    [{ filter: {}, cursor: 'rubbish' }, 422, 'VALIDATION_FAILED'],
    [{ filter: { provider: 'gmail-consumer' } }, 404, 'LEAD_NOT_FOUND'],
    [{ filter: { provider: 'nobody' } }, 422, 'VALIDATION_FAILED'],
  ])('answers %j with %i', async (body, status, code) => {
    const answer = await rescan(body)
    expect([answer.status, answer.body.error?.code]).toEqual([status, code])
  })
})

describe('the schedule', () => {
  const put = async (body: object) => api.call('PUT', SCHEDULE, { key: await api.key(['admin']), body })

  it('can be read with its defaults, and says what waits', async () => {
    await keepLead(database.db, sampleLead({ at: '2026-10-01T00:00:00.000Z' }))
    const { body } = await api.call('GET', SCHEDULE, { key })
    expect(body.data).toEqual({
      every_days: 30,
      budget: 10_000,
      timezone: 'Europe/Istanbul',
      paused: null,
      changed: null,
      spent: 0,
      due: 1,
      behind_seconds: Math.round((api.clock.now().getTime() - Date.parse('2026-10-31T00:00:00Z')) / 1_000),
      hold: null,
    })
  })

  it('is changed by administrators, field by field, and the audit log says by whom', async () => {
    expect((await put({ budget: 5 })).body.data).toMatchObject({ every_days: 30, budget: 5 })
    const { body } = await put({ every_days: 7, paused: true })
    const by = expect.stringMatching(/^key:/)
    expect(body.data).toMatchObject({ every_days: 7, budget: 5, paused: { by }, changed: { by }, hold: 'paused' })
    const { rows } = await database.db.execute(
      sql`select actor, request_id from audit_log where action = 'rescan_schedule.changed'`,
    )
    expect(rows).toEqual([
      { actor: by, request_id: expect.any(String) },
      { actor: by, request_id: expect.any(String) },
    ])
    expect((await put({ paused: false })).body.data).toMatchObject({ paused: null, hold: 'nothing_due' })
  })

  it('is changed by no other key', async () => {
    const answer = await api.call('PUT', SCHEDULE, { key, body: { budget: 5 } })
    expect([answer.status, answer.body.error?.code]).toEqual([403, 'SCOPE_MISSING'])
  })

  it.each([
    [{}],
    [{ every_days: 0 }],
    [{ every_days: 1.5 }],
    [{ every_days: 366 }],
    [{ budget: -1 }],
    [{ budget: 1_000_001 }],
    [{ timezone: 'Mars/Olympus' }],
    [{ paused: 'yes' }],
    [{ colour: 'red' }],
  ])('refuses %j', async (body) => {
    expect((await put(body)).status).toBe(422)
  })
})
