import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import { AppError } from '#platform/errors'
import { proofOf } from '../backups/made-up.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createSampleCatalog, createSampleStore, keepBackup, type SampleStore } from '../support/sample-catalog.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'

const NEWEST = '20261120T000000Z-4f9c2a'
const clock = new TestClock('2026-11-20T02:00:00Z')

let database: HunterDatabase
let store: SampleStore
let requested: string[]
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  store = createSampleStore()
  const catalog = createSampleCatalog(clock, store)
  requested = catalog.requested
  api = createTestApi(database.db, { ...catalog, clock })
  await database.db.execute(sql`truncate audit_log`)
  key ??= await api.key(['admin'])
})

type Item = Record<string, unknown> & { id: string }
const get = async (path: string) => (await api.call('GET', `/api/v1/admin/backups${path}`, { key })).body
const list = async (query = '') => (await get(query)).data as { backups: Item[]; next_cursor: string | null }
const keysOf = (id: string, source = 'hunter') => buildBackupKeys(source, parseBackupId(id))
const count = (what: string) => store.asked.filter((asked) => asked.startsWith(what)).length

function keepRun(id: string, changes: object = {}): void {
  const at = { startedAt: '2026-11-20T01:55:00.000Z', host: 'lambda-1', pid: 1 }
  store.put(keysOf(id).run, { version: 1, backupId: id, source: 'hunter', toolVersion: '0.0.0', ...at, ...changes })
}

describe('GET /admin/backups', () => {
  it('lists backups of the database and of its settings and runs that left none, newest first', async () => {
    keepRun('20261120T015500Z-00000a')
    keepRun('20261119T120000Z-00000b', {
      startedAt: '2026-11-19T12:00:00.000Z',
      endedAt: '2026-11-19T12:00:09.000Z',
      outcome: 'failed',
      code: 'DATABASE_UNAVAILABLE',
      reason: 'the database does not answer',
    })
    keepBackup(store, '20261119T080000Z-00000c', { source: 'hunter-config' })
    store.objects.delete(keysOf('20261118T000000Z-aaaaaa').dump)
    store.tags.set(keysOf('20261119T000000Z-bbbbbb').manifest, { retention: 'daily', team: 'ops' })
    const { backups, next_cursor: next } = await list()
    expect(next).toBeNull()
    expect(backups.map(({ id, source, state, readable, tier }) => [id, source, state, readable, tier])).toEqual([
      ['20261120T015500Z-00000a', 'hunter', 'running', false, null],
      [NEWEST, 'hunter', 'verified', true, null],
      ['20261119T120000Z-00000b', 'hunter', 'failed', false, null],
      ['20261119T080000Z-00000c', 'hunter-config', 'verified', true, null],
      ['20261119T000000Z-bbbbbb', 'hunter', 'verified', true, 'daily'],
      ['20261118T000000Z-aaaaaa', 'hunter', 'failed', false, null],
    ])
    expect(backups[1]).toMatchObject({
      manifest: { kind: 'postgres', duration_ms: 1_000, object: { gzip_bytes: 1_000, raw_bytes: 5_000 } },
      proof: { level: 4, verified: true, restore_ms: 1_500 },
    })
    expect(backups[2]).toMatchObject({ manifest: null, run: { state: 'failed', code: 'DATABASE_UNAVAILABLE' } })
    expect(backups[5]).toMatchObject({ manifest: null, reason: expect.stringMatching(/dump.sql.gz is missing$/) })
  })

  it.each([
    ['?state=failed', ['20261117T000000Z-00000d']],
    ['?state=unproven', ['20261116T000000Z-00000e']],
    ['?state=verified&tier=none&since=2026-11-19T00:00:00Z', [NEWEST]],
    ['?tier=daily', ['20261119T000000Z-bbbbbb']],
    ['?until=2026-11-17T00:00:00Z', ['20261116T000000Z-00000e']],
    ['?since=2026-11-17T03:00:00%2B03:00&until=2026-11-18T00:00:00Z', ['20261117T000000Z-00000d']],
    ['?source=shop', ['20261101T000000Z-00000f']],
    ['?source=nobody', []],
  ])('finds with %s what matches, and nothing else', async (query, ids) => {
    const failed = keepBackup(store, '20261117T000000Z-00000d')
    store.put(keysOf(failed.id).proof, {
      ...proofOf(failed.id),
      level: 3,
      verified: false,
      checks: [
        { name: 'stream hash', level: 1, passed: true },
        { name: 'structure', level: 2, passed: true },
        { name: 'restored', level: 3, passed: true },
        { name: 'fingerprints', level: 4, passed: false, reason: 'public.companies differs' },
      ],
    })
    store.objects.delete(keysOf(keepBackup(store, '20261116T000000Z-00000e').id).proof)
    keepBackup(store, '20261101T000000Z-00000f', { source: 'shop' })
    store.tags.set(keysOf('20261119T000000Z-bbbbbb').manifest, { retention: 'daily' })
    expect((await list(query)).backups.map(({ id }) => id)).toEqual(ids)
  })

  it('walks every backup once by cursor while newer ones are made, and by page on the older path', async () => {
    const ids: string[] = []
    for (let cursor = ''; ids.length < 9;) {
      const { backups, next_cursor: next } = await list(`?limit=1${cursor}`)
      ids.push(...backups.map(({ id }) => id))
      keepBackup(store, `20261120T01000${ids.length}Z-abcdef`)
      if (next === null) break
      cursor = `&cursor=${next}`
    }
    expect(ids).toEqual([NEWEST, '20261119T000000Z-bbbbbb', '20261118T000000Z-aaaaaa'])
    for (const filter of ['', '&state=verified']) {
      const { data } = (await api.call('GET', `/admin/backups?page=5&page_size=1${filter}`, { key })).body
      expect((data['backups'] as Item[]).map(({ id }) => id)).toEqual(['20261119T000000Z-bbbbbb'])
    }
  })

  it('reads a page of hundreds of backups with a bounded number of requests, and the next time almost none', async () => {
    for (let day = 0; day < 700; day += 1) {
      const stamp = new Date(Date.UTC(2018, 0, 1 + day)).toISOString().slice(0, 10).replaceAll('-', '')
      keepBackup(store, `${stamp}T000000Z-abcdef`)
    }
    await list('?limit=20')
    expect([count('list'), count('get') <= 2 * 50, count('tags') <= 50]).toEqual([2, true, true])
    store.asked.splice(0)
    await list('?limit=20')
    expect([count('list'), count('get')]).toEqual([2, 0])
    store.asked.splice(0)
    const { backups, next_cursor: next } = await list('?state=failed')
    expect(backups).toEqual([])
    expect(count('get')).toBeLessThanOrEqual(2 * 500)
    expect((await list(`?state=failed&cursor=${next}`)).backups).toEqual([])
  })

  it('sees a new proof and a removed backup at once, although it keeps what it read', async () => {
    store.objects.delete(keysOf(NEWEST).proof)
    expect((await list('?state=unproven')).backups.map(({ id }) => id)).toEqual([NEWEST])
    keepBackup(store, NEWEST)
    store.objects.delete(keysOf('20261119T000000Z-bbbbbb').manifest)
    expect((await list()).backups.map(({ id, state }) => [id, state])).toEqual([
      [NEWEST, 'verified'],
      ['20261118T000000Z-aaaaaa', 'verified'],
    ])
  })

  it.each([
    ['?state=good', 'state'],
    ['?tier=yearly', 'tier'],
    ['?since=yesterday', 'since'],
    ['?source=../hunter', 'source'],
    ['?source=Hunter', 'source'],
    ['?limit=201', 'limit'],
    ['?cursor=WyJiYWNrdXBzIG5ld2VzdCBmaXJzdCIsIngiLCJ5Il0', 'cursor'],
    ['?bucket=mine', 'bucket'],
  ])('refuses %s by the name of the field, and asks the bucket for nothing', async (query, field) => {
    const { error } = await get(query)
    expect([error.code, error.details['fields']]).toEqual(['VALIDATION_FAILED', [expect.objectContaining({ field })]])
    expect(store.asked).toEqual([])
  })

  it('answers 503 with Retry-After while the bucket does not answer, and needs the scope admin', async () => {
    const open = async () => {
      throw new AppError('STORAGE_UNAVAILABLE', 'the backup bucket does not answer')
    }
    const sample = createSampleCatalog(clock)
    const broken = createTestApi(database.db, { ...sample, catalog: { ...sample.catalog, open } })
    const answer = await broken.call('GET', '/api/v1/admin/backups', { key })
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '10'])
    const other = await api.call('GET', '/api/v1/admin/backups', { key: await api.key(['read', 'write']) })
    expect(other.body.error.code).toBe('SCOPE_MISSING')
  })
})

describe('GET /admin/backups/stats and /plan', () => {
  it('counts what is there by name, in the words of "hunter backup stats --json"', async () => {
    store.objects.delete(keysOf(NEWEST).proof)
    keepRun('20261119T120000Z-00000b', { endedAt: '2026-11-19T12:00:09.000Z', outcome: 'failed', reason: 'no room' })
    store.put(keysOf('20261119T000000Z-bbbbbb').manifest.replace('manifest', 'drill'), {
      version: 1,
      backupId: '20261119T000000Z-bbbbbb',
      startedAt: '2026-11-19T05:00:00.000Z',
      passed: true,
      totalMs: 9_000,
      toolVersion: '0.0.0',
    })
    const { stats, ...rest } = (await get('/stats')).data as { stats: Item[] }
    expect(rest).toEqual({ older: 0, next_run_at: '2026-11-21T00:00:00.000Z' })
    expect(stats).toEqual([
      expect.objectContaining({
        source: 'hunter',
        backups: 3,
        verified: 2,
        unproven: 1,
        runs_failed: 1,
        last_failed_run: { id: '20261119T120000Z-00000b', code: null, reason: 'no room' },
        proof_rate: 0.5,
        newest_verified: { id: '20261119T000000Z-bbbbbb', age_ms: 93_600_000 },
        recovery: { last_ms: 9_000, median_ms: 9_000, longest_ms: 9_000 },
      }),
    ])
    expect((await get('/stats?source=nobody')).data).toMatchObject({ stats: [], older: 0 })
  })

  it('gives a reason for each keep and each remove, page by page, and changes nothing', async () => {
    keepBackup(store, '20260901T000000Z-00000d')
    keepBackup(store, '20260902T000000Z-00000e')
    store.put(keysOf('20261119T120000Z-00000b').dump, {})
    const plan: Item[] = []
    for (let next: string | null = ''; next !== null;) {
      const { data } = await get(`/plan?limit=2${next && `&cursor=${next}`}`)
      plan.push(...(data['backups'] as Item[]))
      next = data['next_cursor'] as string | null
    }
    expect(plan.map(({ id, state, action, tier, reason }) => [id.slice(0, 8), state, action, tier, reason])).toEqual([
      ['20261120', 'verified', 'keep', null, 'the newest verified backup never expires'],
      ['20261119', 'incomplete', 'keep', null, 'is being written, or was interrupted less than a day ago'],
      ['20261119', 'verified', 'tag', 'daily', 'a further verified backup of the week of 2026-11-15'],
      ['20261118', 'verified', 'tag', 'monthly', 'the first verified backup of 2026-11'],
      ['20260902', 'verified', 'tag', 'daily', 'a further verified backup of the week of 2026-08-30'],
      ['20260901', 'verified', 'tag', 'monthly', 'the first verified backup of 2026-09'],
    ])
    expect(plan[2]?.['changes']).toHaveLength(3)
    const { dump, manifest, proof } = keysOf('20260902T000000Z-00000e')
    for (const key of [dump, manifest, proof]) store.tags.set(key, { retention: 'daily' })
    const { data } = await get('/plan?limit=5')
    expect((data['backups'] as Item[])[4]).toMatchObject({ action: 'remove', expires_at: '2026-10-03T00:00:00.000Z' })
  })

  it('reads the tags of a page alone, and says how many backups are too old to be looked at', async () => {
    for (let day = 0; day < 1_100; day += 1) {
      const stamp = new Date(Date.UTC(2022, 0, 1 + day)).toISOString().slice(0, 10).replaceAll('-', '')
      keepBackup(store, `${stamp}T000000Z-abcdef`)
    }
    expect((await get('/plan?limit=10&source=hunter')).data).toMatchObject({ older: 103 })
    expect([count('tags') <= 10 * 3, count('get') <= 2 * 1_000]).toEqual([true, true])
    store.asked.splice(0)
    expect((await get('/stats?source=hunter')).data).toMatchObject({ older: 103, stats: [{ backups: 1_000 }] })
    expect([count('list'), count('get')]).toEqual([1, 0])
  })
})

describe('GET /admin/backups/{id}', () => {
  it('shows tables with rows and bytes, the checks of the proof, and when it expires and why', async () => {
    const table = {
      kind: 'table' as const,
      name: 'public.leads',
      schema: 'public',
      table: 'leads',
      columns: ['id'],
      fingerprint: '0'.repeat(32),
      durationMs: 1,
    }
    const members = [
      { ...table, rows: 10, rawBytes: 100, start: 0, end: 40 },
      { ...table, rows: 5, rawBytes: 50, start: 40, end: 60 },
    ]
    keepBackup(store, '20261119T000000Z-bbbbbb', { members })
    const { data } = await get('/20261119T000000Z-bbbbbb')
    expect(data).toMatchObject({
      state: 'verified',
      manifest: { rows: 15, tables: [{ name: 'public.leads', rows: 15, raw_bytes: 150, stored_bytes: 60 }] },
      proof: { level: 4, checks: expect.arrayContaining([expect.objectContaining({ name: 'catalog', passed: true })]) },
      retention: {
        action: 'tag',
        tier: 'daily',
        reason: 'a further verified backup of the week of 2026-11-15',
        expires_at: '2026-12-20T00:00:00.000Z',
      },
    })
    expect((await get(`/${NEWEST}`)).data['retention']).toEqual({
      action: 'keep',
      tier: null,
      reason: 'the newest verified backup never expires',
      expires_at: null,
    })
  })

  it('shows a run that goes on or left no backup, a damaged backup with its tables, and a manifest that is no JSON', async () => {
    keepRun('20261120T015500Z-00000a')
    expect((await get('/20261120T015500Z-00000a')).data).toMatchObject({
      state: 'running',
      manifest: null,
      run: { state: 'running', ended_at: null },
    })
    store.objects.delete(keysOf(NEWEST).dump)
    expect((await get(`/${NEWEST}`)).data).toMatchObject({ state: 'failed', readable: false, manifest: { tables: [] } })
    store.put(keysOf(NEWEST).manifest, { version: 99 })
    expect((await get(`/${NEWEST}`)).data).toMatchObject({
      state: 'failed',
      manifest: null,
      reason: 'the manifest is not valid',
    })
  })

  it.each([
    ['latest', 'BACKUP_ID_INVALID', 422],
    ['20261120T000000Z-000000', 'BACKUP_NOT_FOUND', 404],
    ['..%2Fhunter', 'BACKUP_ID_INVALID', 422],
  ])('answers %s with %s', async (id, code, status) => {
    const answer = await api.call('GET', `/api/v1/admin/backups/${id}`, { key })
    expect([answer.body.error.code, answer.status]).toEqual([code, status])
  })
})

describe('POST /admin/backups', () => {
  const post = (path = '', headers: Record<string, string> = {}) =>
    api.call('POST', `/api/v1/admin/backups${path}`, { key, headers })
  const audited = async () =>
    (
      await database.db.execute<{ line: string }>(
        sql`select action || ' ' || object as line from audit_log order by id`,
      )
    ).rows

  it('requests a backup whose path follows it from the request to the proof', async () => {
    const { status, headers, body } = await post()
    const id = '20261120T020000Z-abcdef'
    expect([status, headers.get('Location'), body.data]).toEqual([
      202,
      `/api/v1/admin/backups/${id}`,
      { id, source: 'hunter', state: 'requested' },
    ])
    expect(requested).toEqual([`backup ${id}`])
    expect(await audited()).toEqual([{ line: `backup.requested backup:hunter/${id}` }])
    expect((await get(`/${id}`)).data).toMatchObject({ id, state: 'requested', manifest: null })
    keepRun(id, { startedAt: '2026-11-20T02:00:03.000Z' })
    expect((await get(`/${id}`)).data).toMatchObject({ state: 'running', run: { host: 'lambda-1' } })
    store.objects.delete(keysOf(keepBackup(store, id).id).proof)
    keepRun(id, { startedAt: '2026-11-20T02:00:03.000Z', endedAt: '2026-11-20T02:01:00.000Z', outcome: 'done' })
    expect((await get(`/${id}`)).data).toMatchObject({ state: 'unproven', readable: true, run: null })
  })

  it('is done once for one Idempotency-Key, and sent a second time when the queue did not take it', async () => {
    const headers = { 'Idempotency-Key': 'one' }
    const first = await post('', headers)
    const second = await post('', headers)
    expect([second.status, second.text, second.headers.get('Idempotency-Replayed')]).toEqual([202, first.text, 'true'])
    expect(requested).toHaveLength(1)
    await database.db.execute(sql`truncate audit_log`)
    let isDown = true
    const sample = createSampleCatalog(clock, store)
    const requestBackup = async (id: string) => {
      if (isDown) throw new AppError('QUEUE_UNAVAILABLE', `backup ${id} could not be requested`)
      requested.push(`late ${id}`)
    }
    const broken = createTestApi(database.db, { ...sample, clock, requestBackup })
    const call = () => broken.call('POST', '/api/v1/admin/backups', { key, headers: { 'Idempotency-Key': 'two' } })
    expect((await call()).status).toBe(503)
    isDown = false
    expect((await call()).status).toBe(202)
    expect([requested.at(-1), (await audited()).length]).toEqual(['late 20261120T020000Z-abcdef', 1])
  })

  it('refuses a second one while one runs or was just requested, also when two come at once, and says when to retry', async () => {
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => post('', { 'Idempotency-Key': name })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409, 409])
    const refused = answers.find(({ status }) => status === 409)
    expect([refused?.body.error.code, refused?.headers.get('Retry-After')]).toEqual(['BACKUP_RUNNING', '30'])
    expect([requested.length, (await audited()).length]).toEqual([1, 1])
    await database.db.execute(sql`truncate audit_log`)
    keepRun('20261120T015500Z-00000a')
    const running = await post()
    expect([running.status, running.body.error.details['id']]).toEqual([409, '20261120T015500Z-00000a'])
  })

  it('lets another one in when a request was lost, and says so of the lost one', async () => {
    const late = new TestClock('2026-11-20T02:00:00Z')
    api = createTestApi(database.db, { ...createSampleCatalog(late, store), clock: late })
    expect((await post()).status).toBe(202)
    late.advanceMs(5 * 60_000)
    expect((await get('/20261120T020000Z-abcdef')).data).toMatchObject({ state: 'failed', manifest: null })
    expect((await post()).status).toBe(202)
  })

  it('requests a proof of a backup by any of its names, and of nothing that is not there', async () => {
    keepBackup(store, '20261119T080000Z-00000c', { source: 'hunter-config' })
    const proof = await post('/20261119T080000Z-00000c/verify')
    expect([proof.status, proof.headers.get('Location')]).toEqual([
      202,
      '/api/v1/admin/backups/20261119T080000Z-00000c?source=hunter-config',
    ])
    expect(requested).toEqual(['proof hunter-config/20261119T080000Z-00000c'])
    expect(await audited()).toEqual([{ line: 'proof.requested backup:hunter-config/20261119T080000Z-00000c' }])
    keepRun('20261120T015500Z-00000a')
    for (const [id, code] of [
      ['20261120T015500Z-00000a', 'BACKUP_NOT_FOUND'],
      ['latest', 'BACKUP_ID_INVALID'],
    ])
      expect((await post(`/${id}/verify`)).body.error.code).toBe(code)
    expect((await api.call('POST', '/api/v1/admin/backups', { key: await api.key(['write']) })).status).toBe(403)
  })
})
