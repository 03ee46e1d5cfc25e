import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { parse } from 'csv-parse/sync'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerEvent } from '#api/http/event'
import { createClient } from '#client/client'
import { exportLeads } from '#exports/export-leads'
import { DEFAULT_COLUMNS, MEDIA_TYPES } from '#exports/formats'
import { LEAD_SORTS } from '#leads/list/lead-order'
import { type Gateway, startGateway } from '#local/gateway'
import { seedLeads } from '#local/seed/seed-leads'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { multiplyLeads } from '../support/many-leads.ts'
import { readSheet } from '../support/read-workbook.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { TestClock } from '../support/test-clock.ts'
import { sampleOf } from '../support/thorough.ts'
import { startTransferBucket } from '../support/transfer-bucket.ts'

/** More than one page of the export, which reads 1,000 at once. */
const LEADS = 1_200
const SEEDED = 100
const PATH = '/api/v1/leads/export'

let database: HunterDatabase
let api: TestApi
let key: string
let dir: string
let hunter: ReturnType<typeof hunterInProcess>
beforeAll(async () => {
  database = await createHunterDatabase()
  await seedLeads(database.db, { leads: SEEDED, now: new Date('2026-11-20T00:00:00Z'), addToOthers: false })
  await multiplyLeads(database.db, LEADS / SEEDED - 1)
  api = createTestApi(database.db)
  key = await api.key(['read'])
  dir = await mkdtemp(join(tmpdir(), 'hunter-export-'))
  hunter = hunterInProcess({ HUNTER_DATABASE_URL: database.url, HUNTER_DATA_DIR: dir })
})
afterAll(async () => {
  await database.close()
  await rm(dir, { recursive: true, force: true })
})

const ask = (query = '', headers: Record<string, string> = {}) =>
  api.app.request(PATH + query, { headers: { Authorization: `Bearer ${key}`, ...headers } })
const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer())
const readCsv = (file: Buffer, delimiter = ',') => parse(file, { bom: true, delimiter })

describe('GET /leads/export', () => {
  it('answers the whole list, with the values, the filters and the order of the list', async () => {
    const [headings, ...rows] = readCsv(
      await bytesOf(await ask('?sort=-score&score_min=40&columns=domain,score,scanned_at')),
    )
    expect(headings).toEqual(['Domain', 'Score', 'Scanned at (UTC)'])
    const listed: string[][] = []
    const client = createClient({ url: 'http://x', key, fetch: async (url, init) => api.app.request(url, init) })
    for await (const { leads } of client.pages('/leads', { query: { sort: '-score', score_min: 40, limit: 200 } }))
      listed.push(...leads.map(({ domain, score, scanned_at }) => [domain, String(score), scanned_at]))
    expect(rows).toEqual(listed)
    expect(rows.length).toBeGreaterThan(100)
  })

  it.each(sampleOf([...LEAD_SORTS], 2))('meets every lead once, sorted by %s', async (sort) => {
    const [, ...rows] = readCsv(await bytesOf(await ask(`?columns=domain&sort=${sort}`)))
    expect(new Set(rows.flat()).size).toBe(LEADS)
    expect(rows).toHaveLength(LEADS)
  })

  it('names the file and its type, tells caches to keep nothing, and begins with a byte order mark', async () => {
    const answer = await ask()
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="leads-2026-11-20.csv"; filename*=UTF-8''leads-2026-11-20.csv`,
      'cache-control': 'no-store',
      'content-language': 'en',
      vary: expect.stringContaining('Accept-Language'),
    })
    expect((await bytesOf(answer)).subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
  })

  it('writes Turkish headings and semicolons for Turkish, and commas for everybody else', async () => {
    const firstLine = async (query: string, language?: string) => {
      const answer = await ask(query, language === undefined ? {} : { 'Accept-Language': language })
      return (await bytesOf(answer)).subarray(3).toString().split('\r\n')[0]
    }
    const query = '?columns=domain,mailbox'
    expect(await firstLine(query, 'tr-TR,tr;q=0.9,en;q=0.8')).toBe('"Alan adı";"E-posta sağlayıcısı"')
    expect(await firstLine(query, 'en')).toBe('Domain,"Mailbox provider"')
    expect(await firstLine(query, 'fr')).toBe('Domain,"Mailbox provider"')
    expect(await firstLine(query)).toBe('Domain,"Mailbox provider"')
    expect(await firstLine(`${query}&delimiter=%09`, 'tr')).toBe('"Alan adı"\t"E-posta sağlayıcısı"')
  })

  it('answers the same cells as a workbook, through the typed client as a Blob', async () => {
    const client = createClient({ url: 'http://x', key, fetch: async (url, init) => api.app.request(url, init) })
    const query = { sort: 'domain', columns: 'domain,score,provisional,gateway', text: '-1.' } as const
    const { data, headers } = await client.get('/leads/export', { query: { ...query, format: 'xlsx' } })
    const file: Blob = data
    expect([file.type, headers.get('Content-Disposition')]).toEqual([
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      expect.stringContaining('.xlsx'),
    ])
    const [, ...rows] = readCsv(Buffer.from(await (await client.get('/leads/export', { query })).data.arrayBuffer()))
    const [, ...cells] = readSheet(Buffer.from(await file.arrayBuffer()))
    const read = cells.map((row) =>
      ['A', 'B', 'C', 'D'].map((letter) => row.find(({ place }) => place.startsWith(letter))),
    )
    expect(rows).toHaveLength(SEEDED)
    expect(
      read.map((row) => row.map((cell) => (cell?.type === 'b' ? String(cell.value === '1') : (cell?.value ?? '')))),
    ).toEqual(rows)
  })

  it('answers headings alone when no lead matches', async () => {
    expect(readCsv(await bytesOf(await ask('?text=no-such-company&columns=domain')))).toEqual([['Domain']])
  })

  it.each([
    ['?columns=domain,rank', 'columns.1', 'must name only domain, '],
    ['?columns=', 'columns.0', 'must name only domain, '],
    ['?columns=domain,score,domain', 'columns', 'must name each column once'],
    ['?format=pdf', 'format', 'must be one of csv, xlsx'],
    ['?delimiter=x', 'delimiter', 'must be a comma, a semicolon, a bar or a tab'],
    ['?format=xlsx&delimiter=%3B', 'delimiter', 'has a meaning only in the format csv'],
    ['?limit=5', 'limit', 'is not a known field'],
    ['?cursor=abc', 'cursor', 'is not a known field'],
  ])('refuses %s and names the field', async (query, field, message) => {
    const { status, body } = await api.call('GET', PATH + query, { key })
    expect([status, body.error.code]).toEqual([422, 'VALIDATION_FAILED'])
    expect(body.error.details['fields']).toEqual([{ field, message: expect.stringContaining(message) }])
  })
})

it('stops reading when the writer fails, and gives the connection back', async () => {
  let seen = 0
  const onProgress = (leads: number) => void (seen = leads)
  for (const format of ['csv', 'xlsx'] as const) {
    const input = { query: { sort: 'domain' }, columns: DEFAULT_COLUMNS, format, language: 'en', onProgress } as const
    const full = exportLeads(database.db, input, () => Promise.reject(new Error('the disk is full')))
    await expect(full).rejects.toThrow('the disk is full')
  }
  expect(seen).toBeLessThan(LEADS)
  expect(database.db.$client).toMatchObject({ waitingCount: 0, idleCount: database.db.$client.totalCount })
})

describe('hunter leads export', () => {
  it('writes the best leads first to a new file, in the format that its name ends with', async () => {
    const file = join(dir, 'leads.xlsx')
    const { out, err, status } = await hunter('leads', 'export', file, '--columns', 'priority,score', '--lang', 'tr')
    expect([out, err, status]).toEqual([`Exported ${LEADS} leads to ${file}.\n`, '', 0])
    const [headings, ...rows] = readSheet(await readFile(file)).map((row) => row.map(({ value }) => value))
    expect(headings).toEqual(['Öncelik', 'Puan'])
    const places = rows.map(([priority, score]) => Number(priority) * 1_000 - Number(score))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect((await readdir(dir)).filter((name) => name.startsWith('leads'))).toEqual(['leads.xlsx'])
  })

  it('writes CSV to the standard output, with the filters of the list and nothing else', async () => {
    const listed = await hunter('leads', 'list', '--segment', 'Migration', '--limit', '200', '--json')
    const domains = (JSON.parse(listed.out) as { leads: { domain: string }[] }).leads.map(({ domain }) => domain)
    const { out, err, status } = await hunter('leads', 'export', '--segment', 'Migration', '--columns', 'domain')
    const rows = readCsv(Buffer.from(out)).flat()
    expect([err, status, rows.slice(0, domains.length + 1)]).toEqual(['', 0, ['Domain', ...domains]])
  })

  it.each([
    [['--format', 'pdf'], 'USAGE'],
    [['--columns', 'domain,rank'], '--columns must name only domain, '],
    [['--delimiter', 'x'], '--delimiter must be a comma'],
    [['a.xlsx', '--delimiter', ';'], '--delimiter has a meaning only in the format csv'],
    [[''], 'the file name is empty'],
  ])('refuses %j with what to do', async (words, message) => {
    const { err, status } = await hunter('leads', 'export', ...words)
    expect([err, status]).toEqual([expect.stringContaining(message), 2])
  })

  it('replaces no file, such as the list that was imported, and leaves no half of one behind', async () => {
    const file = join(dir, 'companies.csv')
    await writeFile(file, 'domain\nmine.com.tr\n')
    const { err } = await hunter('leads', 'export', file)
    expect(err).toContain(`FILE_UNUSABLE: ${file} cannot be used: it already exists`)
    expect(await readFile(file, 'utf8')).toBe('domain\nmine.com.tr\n')
    const nowhere = await hunter('leads', 'export', join(dir, 'no-folder', 'leads.csv'))
    expect(nowhere.err).toContain('FILE_UNUSABLE')
    expect((await readdir(dir)).filter((name) => name.endsWith('.partial'))).toEqual([])
  })
})

it('reads one state of the list: a lead that moves meanwhile is neither lost nor met twice', async () => {
  const rows: string[] = []
  let moved = false
  const input = { query: { sort: '-score' }, columns: ['domain'], format: 'csv', language: 'en' } as const
  const count = await exportLeads(database.db, input, async (chunk) => {
    rows.push(...chunk.toString().trim().split('\r\n'))
    if (moved || rows.length < 500) return
    moved = true // the last ones become the first, and the first the last
    await database.db.execute(sql`update lead_scores set value = 100 - value, min = 100 - max, max = 100 - min`)
  })
  expect([count, moved, new Set(rows.slice(1)).size]).toEqual([LEADS, true, LEADS])
})

describe('a file of more than 3 MB', () => {
  const clock = new TestClock()
  let store: Awaited<ReturnType<typeof startTransferBucket>>
  let gateway: Gateway
  let large: TestApi
  let ownKey: string
  /** What happens when the export begins to write to the bucket. */
  let onOpen: () => void = () => undefined
  beforeAll(async () => {
    store = await startTransferBucket(clock)
    const openTransfers = async () => {
      onOpen()
      return store.bucket
    }
    large = createTestApi(database.db, { openTransfers, clock })
    ownKey = await large.key(['read'])
    gateway = await startGateway({
      port: 0,
      invoke: (event) => answerEvent(large.app, event),
      onProblem: () => undefined,
      onAnswer: () => undefined,
    })
    // a repetition that far away cannot be compressed
    const long = randomBytes(24_570).toString('base64')
    await database.db.execute(sql`update lead_scores set segment_reason = ${long} where company_id % 4 = 0`)
  })
  afterAll(() => Promise.all([gateway.close(), store.close()]))

  const sent = (method = 'GET'): RequestInit => ({
    method,
    headers: { Authorization: `Bearer ${ownKey}` },
    redirect: 'manual',
  })
  const openUploads = async () => {
    const { Uploads = [] } = await store.bucket.s3.send(new ListMultipartUploadsCommand({ Bucket: store.bucket.name }))
    return Uploads.length
  }

  it.each(sampleOf<'csv' | 'xlsx'>(['csv', 'xlsx']))(
    'is whole in the bucket as %s, and the answer is a redirect to it',
    async (format) => {
      const answer = await fetch(`${gateway.url}${PATH}?format=${format}`, sent())
      const [type, name] = [MEDIA_TYPES[format], `leads-2026-11-20.${format}`]
      expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([303, 'no-store'])
      const file = await fetch(answer.headers.get('Location') ?? '')
      expect(Object.fromEntries(file.headers)).toMatchObject({
        'content-disposition': `attachment; filename="${name}"; filename*=UTF-8''${name}`,
        'content-type': expect.stringContaining(type),
        'cache-control': 'no-store',
      })
      const bytes = await bytesOf(file)
      expect(bytes.length).toBeGreaterThan(6_291_556)
      expect(format === 'csv' ? bytes.toString().trim().split('\r\n') : readSheet(bytes)).toHaveLength(LEADS + 1)
    },
  )

  it('comes through the typed client as well, which follows the redirect and takes its key no further', async () => {
    const client = createClient({ url: gateway.url, key: ownKey })
    const { data, headers } = await client.get('/leads/export', { query: {} })
    expect([data.size > 6_291_556, headers.get('Content-Disposition')]).toEqual([true, expect.stringContaining('.csv')])
  })

  it('answers HEAD with an address that takes HEAD', async () => {
    const answer = await fetch(gateway.url + PATH, sent('HEAD'))
    expect(answer.status).toBe(303)
    const file = await fetch(answer.headers.get('Location') ?? '', { method: 'HEAD' })
    expect([file.status, Number(file.headers.get('Content-Length')) > 6_291_556]).toEqual([200, true])
  })

  it('can be read for five minutes', async () => {
    const { headers } = await fetch(gateway.url + PATH, sent())
    clock.advanceMs(5 * 60_000)
    expect((await fetch(headers.get('Location') ?? '', { method: 'GET' })).status).toBe(200)
    clock.advanceMs(1_000)
    expect((await fetch(headers.get('Location') ?? '')).status).toBe(403)
  })

  it('is refused when it takes longer than a request may, and leaves no parts behind', async () => {
    onOpen = () => clock.advanceMs(19_000)
    const { status, body } = await large.call('GET', PATH, { key: ownKey })
    onOpen = () => undefined
    expect([status, body.error]).toMatchObject([
      413,
      { code: 'EXPORT_TOO_LARGE', details: { remedy: expect.stringMatching(/Narrow the filters.*page by page/) } },
    ])
    expect(await openUploads()).toBe(0)
  })

  it('is refused while the bucket does not answer, without naming its address; a small one needs no bucket', async () => {
    const { status, body, text } = await api.call('GET', PATH, { key })
    expect([status, body.error.code]).toEqual([503, 'STORAGE_UNAVAILABLE'])
    expect(text).not.toMatch(/127\.0\.0\.1|ECONN/)
    expect((await ask('?columns=domain,score')).status).toBe(200)
  })
})
