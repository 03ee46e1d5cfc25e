import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import { auditLog, companies, rawLeads } from '#db/tables'
import { findListed } from '#leads/listed/find-listed'
import type { Domain } from '#signals/normalise'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { workbookParts, zip } from '../support/zip.ts'

let database: HunterDatabase
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  api = createTestApi(database.db)
  key = await api.key(['write'])
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.execute(sql`truncate companies, raw_leads, imports, audit_log cascade`)
})

const domains = async () => (await database.db.select().from(companies)).map(({ domain }) => domain).sort()
const raw = () => database.db.select().from(rawLeads).orderBy(rawLeads.id)
const fieldErrors = (answer: Awaited<ReturnType<TestApi['call']>>) => answer.body.error.details['fields']

describe('POST /ingest/domain', () => {
  const ingest = (body: object) => api.call('POST', '/api/v1/ingest/domain', { key, body })

  it('keeps each row as it came, and makes one company of a domain that comes twice', async () => {
    const first = await ingest({
      domain: 'https://www.bir.com.tr/iletisim',
      source: 'fair',
      fields: { Firma: 'Bir A.Ş.' },
    })
    expect([first.status, first.body.data]).toEqual([
      201,
      { import_id: expect.any(String), domain: 'bir.com.tr', created: true },
    ])
    const second = await ingest({ domain: 'info@BIR.com.tr', fields: { Firma: 'Başka Ltd.' } })
    expect([second.status, second.body.data]).toMatchObject([201, { domain: 'bir.com.tr', created: false }])
    expect(await domains()).toEqual(['bir.com.tr'])
    expect((await raw()).map(({ source, line, input }) => ({ source, line, input }))).toEqual([
      { source: 'fair', line: 1, input: { domain: 'https://www.bir.com.tr/iletisim', Firma: 'Bir A.Ş.' } },
      { source: 'api', line: 1, input: { domain: 'info@BIR.com.tr', Firma: 'Başka Ltd.' } },
    ])
    expect(await findListed(database.db, 'bir.com.tr' as Domain)).toEqual({
      company: 'Başka Ltd.',
      emailDomain: 'bir.com.tr',
      fields: [],
    })
    const log = await database.db.select().from(auditLog)
    expect(log.map(({ action, object }) => `${action} ${object}`)).toEqual([
      'domain.ingested lead:bir.com.tr',
      'domain.ingested lead:bir.com.tr',
    ])
  })

  it.each([
    ['two names in one text', 'bir.com.tr, iki.com.tr'],
    ['an IP address', '192.0.2.1'],
    ['a mailbox of a mail provider', 'ali@gmail.com'],
    ['a page of a social network', 'https://instagram.com/firma'],
    ['a link shortener', 'bit.ly/abc'],
    ['no text', ''],
  ])('refuses %s with DOMAIN_INVALID, and keeps nothing', async (_, domain) => {
    const { status, body } = await ingest({ domain })
    expect([status, body.error.code]).toEqual([422, 'DOMAIN_INVALID'])
    expect(body.error.details['remedy']).toBeTruthy()
    expect([await domains(), await raw()]).toEqual([[], []])
  })

  it.each([
    [{ domain: 'bir.com.tr', fields: { domain: 'iki.com.tr' } }, 'fields.domain'],
    [{ domain: 'bir.com.tr', fields: { '': 'x' } }, 'fields.'],
    [{ domain: 'bir.com.tr', fields: { Employees: 12 } }, 'fields.Employees'],
    [{ domain: 'bir.com.tr', fields: { note: 'x'.repeat(2_001) } }, 'fields.note'],
    [
      { domain: 'bir.com.tr', fields: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, ''])) },
      'fields',
    ],
    [{ domain: 'bir.com.tr', fields: ['a'] }, 'fields'],
    [{ domain: 'bir.com.tr', source: 'two\nlines' }, 'source'],
    [{ domain: 'bir.com.tr', company: 'Bir' }, 'company'],
    [{ domain: 1 }, 'domain'],
    [{}, 'domain'],
  ])('names the field that is wrong: %j', async (body, field) => {
    const answer = await ingest(body)
    expect([answer.status, fieldErrors(answer)]).toEqual([422, [{ field, message: expect.any(String) }]])
    expect(await raw()).toEqual([])
  })

  it('makes one company of two requests at once', async () => {
    const answers = await Promise.all([ingest({ domain: 'bir.com.tr' }), ingest({ domain: 'www.bir.com.tr' })])
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect(answers.map(({ body }) => String(body.data['created'])).sort()).toEqual(['false', 'true'])
    expect([await domains(), (await raw()).length]).toEqual([['bir.com.tr'], 2])
  })
})

describe('POST /ingest/csv', () => {
  const send = (
    body: NonNullable<RequestInit['body']>,
    type: string | undefined,
    { query = '', by = key, headers = {} } = {},
  ) =>
    api.app.request(`/api/v1/ingest/csv${query}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${by}`, ...(type === undefined ? {} : { 'Content-Type': type }), ...headers },
      body,
    })
  const importCsv = async (
    body: NonNullable<RequestInit['body']>,
    query = '',
    type: string | undefined = 'text/csv',
  ) => {
    const answer = await send(body, type, { query })
    return { status: answer.status, headers: answer.headers, ...((await answer.json()) as Answered) }
  }

  it('stores every row as it came and answers what it recognised, and each refused row with its line and reason', async () => {
    const list = in1254(
      'Şirket;Web Sitesi;E-Posta\nBir A.Ş.;www.bir.com.tr;\nİki;bir.com.tr / iki.com.tr;\nÜç;;ali@uc.com.tr\nDört;;veli@gmail.com\nBir;bir.com.tr;\n',
    )
    const { status, headers, data } = await importCsv(list)
    expect(data).toMatchObject({
      state: 'done',
      dry_run: false,
      recognised: {
        format: 'csv',
        encoding: 'windows-1254',
        delimiter: ';',
        sheet: null,
        header_line: 1,
        columns: { domain: 'Web Sitesi', email: 'E-Posta', company: 'Şirket' },
      },
      rows: 5,
      accepted: 3,
      refused: 2,
      created: 2,
      duplicates: 1,
      scan: { requested: false, jobs: [] },
      problem: null,
      refusals: [
        { line: 3, value: 'bir.com.tr / iki.com.tr', reason: 'not a domain: it contains more than one name' },
        { line: 5, value: 'veli@gmail.com', reason: 'not a company: gmail.com is a mail provider' },
      ],
      next_cursor: null,
    })
    expect([status, headers.get('Location')]).toEqual([202, `/api/v1/ingest/${String(data['id'])}`])
    expect(await domains()).toEqual(['bir.com.tr', 'uc.com.tr'])
    expect((await raw()).map(({ line, source }) => [line, source])).toEqual(
      [2, 3, 4, 5, 6].map((line) => [line, 'csv']),
    )
    const { body } = await api.call('GET', `/api/v1/ingest/${String(data['id'])}`, { key })
    expect(body.data).toEqual(data)
  })

  it('takes a workbook, a form with one file and text in JSON as well', async () => {
    const sheet = zip(workbookParts([['domain'], ['bir.com.tr'], ['?']]))
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    const book = await importCsv(sheet as Uint8Array<ArrayBuffer>, '', type)
    expect(book.data).toMatchObject({
      recognised: { format: 'xlsx', encoding: null, sheets: 2 },
      accepted: 1,
      refused: 1,
    })
    const form = new FormData()
    form.append('file', new Blob(['domain\niki.com.tr\n']), 'list.csv')
    expect((await ((await send(form, undefined)).json() as Promise<Answered>)).data).toMatchObject({ accepted: 1 })
    const text = await importCsv(JSON.stringify({ csv: 'domain\nüç.com.tr\n' }), '', 'application/json')
    expect(text.data).toMatchObject({ recognised: { encoding: 'utf-8' }, accepted: 1 })
    expect(await domains()).toEqual(['bir.com.tr', 'iki.com.tr', new URL('http://üç.com.tr').hostname])
  })

  it('reads the column, delimiter and encoding that the request names, or the charset of its type', async () => {
    const list = in1254('firma,not|site\nŞen|bir.com.tr\n')
    const { data } = await importCsv(list, '?column=site&delimiter=%7C&encoding=windows-1254')
    expect(data).toMatchObject({ recognised: { delimiter: '|', columns: { domain: 'site' } }, accepted: 1 })
    for (const label of ['latin5', 'ISO-8859-9', 'cp1254']) {
      const labelled = await importCsv(list, `?column=site&delimiter=%7C&dry_run=true&encoding=${label}`)
      expect(labelled.data).toMatchObject({ recognised: { encoding: 'windows-1254' } })
    }
    expect((await importCsv(list, '?encoding=latin9')).error.details.fields).toEqual([
      { field: 'encoding', message: expect.stringMatching(/^must be utf-8, .* label of one/) },
    ])
    const wrong = await importCsv(list, '', 'text/csv; charset=utf-8')
    expect([wrong.status, wrong.error.code]).toEqual([422, 'ENCODING_WRONG'])
    expect((await importCsv('domain\nbir.com.tr\n', '', 'text/csv; charset="ISO-8859-9"')).data).toMatchObject({
      recognised: { encoding: 'windows-1254' },
    })
  })

  it('says in a dry run what an import would do, and stores nothing', async () => {
    const list = 'domain\nbir.com.tr\nbir.com.tr\n?\n'
    const dry = await importCsv(list, '?dry_run=true')
    expect([await raw(), await domains()]).toEqual([[], []])
    const real = await importCsv(list)
    const same = ['recognised', 'rows', 'accepted', 'refused', 'duplicates', 'refusals']
    for (const name of same) expect([name, dry.data[name]]).toEqual([name, real.data[name]])
    expect(dry.data).toMatchObject({ id: null, dry_run: true, created: null })
    const both = await importCsv(list, '?dry_run=true&scan=true')
    expect([both.status, both.error.details['fields']]).toMatchObject([422, [{ field: 'scan' }]])
  })

  it('gives the refused rows beyond the first hundred page by page', async () => {
    const { data } = await importCsv(`domain\nbir.com.tr\n${'?\n'.repeat(250)}`)
    expect([(data['refusals'] as unknown[]).length, data['refused']]).toEqual([100, 250])
    const lines: number[] = []
    let cursor: string | null | undefined
    do {
      const query = `?limit=120${cursor === undefined ? '' : `&cursor=${cursor}`}`
      const { body } = await api.call('GET', `/api/v1/ingest/${String(data['id'])}${query}`, { key })
      lines.push(...(body.data['refusals'] as { line: number }[]).map(({ line }) => line))
      cursor = body.data['next_cursor'] as string | null
    } while (cursor !== null)
    expect(lines).toEqual(Array.from({ length: 250 }, (_, n) => n + 3))
  })

  it('is seen by its own key, by keys that read and by administrators, and is nothing to the others', async () => {
    const { data } = await importCsv('domain\nbir.com.tr\n')
    const path = `/api/v1/ingest/${String(data['id'])}`
    const [other, reader] = [await api.key(['write']), await api.key(['read'])]
    const seen = (by: string, target: string) => api.call('GET', target, { key: by }).then(({ status }) => status)
    const nobody = '/api/v1/ingest/0190f0a0-0000-7000-8000-000000000000'
    expect([await seen(key, path), await seen(reader, path), await seen(other, path)]).toEqual([200, 200, 403])
    expect([await seen(other, nobody), await seen(reader, nobody), await seen(reader, '/api/v1/ingest/x')]).toEqual([
      403, 404, 404,
    ])
    const scan = await api.call('POST', `${path}/scan`, { key: other })
    expect([scan.status, scan.body.error.code]).toEqual([404, 'IMPORT_NOT_FOUND'])
  })

  describe('with scan=true', () => {
    it('starts one bulk scan of the accepted companies, each once, and names it', async () => {
      const { data } = await importCsv('domain\nbir.com.tr\nwww.bir.com.tr\niki.com.tr\n?\n', '?scan=true')
      const { jobs } = data['scan'] as { jobs: string[] }
      expect([jobs.length, data['problem']]).toEqual([1, null])
      const { body } = await api.call('GET', `/api/v1/scan/bulk/${jobs[0]}`, { key })
      expect(body.data).toMatchObject({
        received: 2,
        duplicates: 0,
        state: 'queued',
        created_by: `key:${key.split('_')[2]}`,
      })
    })

    it('names what keeps companies from being scanned, and a later request scans the rest and no more', async () => {
      const limited = createTestApi(database.db, { openDomainsMax: 2 })
      const by = await limited.key(['write'])
      const sent = { key: by, body: { csv: 'domain\nbir.com.tr\niki.com.tr\nuc.com.tr\n' } }
      const { body } = await limited.call('POST', '/api/v1/ingest/csv?scan=true', sent)
      expect(body.data).toMatchObject({ state: 'done', scan: { jobs: [] }, problem: { code: 'OPEN_DOMAINS_LIMIT' } })
      const path = `/api/v1/ingest/${String(body.data['id'])}/scan`
      const again = createTestApi(database.db)
      const [first, second] = [await again.call('POST', path, { key: by }), await again.call('POST', path, { key: by })]
      expect(first.body.data).toMatchObject({ scan: { requested: true, jobs: [expect.any(String)] }, problem: null })
      expect(second.body.data['scan']).toEqual(first.body.data['scan'])
    })
  })

  it('stores nothing twice if the request is repeated with its Idempotency-Key, even if the first try died on its way', async () => {
    const sent = { key, body: { csv: `domain\n${Array.from({ length: 1_200 }, (_, n) => `f${n}.com.tr`).join('\n')}` } }
    const headers = { 'Idempotency-Key': 'list' }
    const first = await api.call('POST', '/api/v1/ingest/csv', { ...sent, headers })
    // as if the function had died after two chunks
    await database.db.execute(sql`
      with gone as (delete from raw_leads where line > 1001 returning 1)
      update imports set state = 'running', finished_at = null, duplicates = null, rows = 1000, accepted = 1000, created = 1000`)
    await database.db.execute(sql`update idempotency_keys set status = null, body = null`)
    api.clock.advanceMs(61_000)
    const again = await api.call('POST', '/api/v1/ingest/csv', { ...sent, headers })
    expect([again.status, again.body.data['id']]).toEqual([202, first.body.data['id']])
    expect(again.body.data).toMatchObject({ state: 'done', rows: 1_200, accepted: 1_200, duplicates: 0 })
    const lines = (await raw()).map(({ line }) => line)
    expect(lines).toEqual(Array.from({ length: 1_200 }, (_, n) => n + 2))
  })

  describe('refuses as a whole, with what to do, and keeps nothing:', () => {
    const parts = workbookParts([['domain'], ['bir.com.tr']])
    const old = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)])
    it.each<[string, Uint8Array | string, string, number]>([
      ['an empty file', '', 'LIST_EMPTY', 422],
      ['a header without rows', 'domain\n', 'LIST_EMPTY', 422],
      ['a list without a column of domains', 'ad,telefon\nBir,1\n', 'CSV_INVALID', 422],
      ['an unclosed quote in the first row', '"bir.com.tr\niki.com.tr\n', 'CSV_INVALID', 422],
      ['binary data', Buffer.from('a\0\0b'), 'FILE_FORMAT_UNSUPPORTED', 422],
      ['an image', Buffer.from('89504e470d0a1a0a0000', 'hex'), 'FILE_FORMAT_UNSUPPORTED', 422],
      ['an old workbook (.xls)', old, 'FILE_FORMAT_UNSUPPORTED', 422],
      [
        'a workbook with a password',
        Buffer.concat([old, Buffer.from('EncryptedPackage', 'utf16le')]),
        'FILE_FORMAT_UNSUPPORTED',
        422,
      ],
      ['a web page named .xls', '<html><table><tr><td>bir.com.tr</table>', 'FILE_FORMAT_UNSUPPORTED', 422],
      ['a truncated workbook', zip(parts).subarray(0, 300), 'FILE_DAMAGED', 422],
      ['a zip bomb', zip([...parts, { name: 'x', data: '0'.repeat(2 ** 22) }]), 'FILE_TOO_LARGE', 422],
      ['a file over 3 MiB', `domain\n${'a'.repeat(3 * 1024 * 1024)}`, 'BODY_TOO_LARGE', 413],
    ])('%s', async (_, content, code, status) => {
      const answer = await importCsv(content as Uint8Array<ArrayBuffer>, '', 'application/octet-stream')
      expect([answer.status, answer.error.code]).toEqual([status, code])
      expect(answer.error.details['remedy']).toBeTruthy()
      expect([await raw(), await domains()]).toEqual([[], []])
    })

    it('text that lost its letters on the way, as API Gateway reads text/csv as UTF-8', async () => {
      const list = Buffer.from(in1254('Şirket;domain\nŞen;bir.com.tr\n')).toString('utf8')
      const answer = await importCsv(list)
      expect([answer.status, answer.error.code]).toEqual([422, 'VALIDATION_FAILED'])
      expect(JSON.stringify(answer.error.details)).toContain('send it as application/octet-stream')
      expect(await raw()).toEqual([])
      expect((await importCsv(in1254('domain\nbir.com.tr\n'), '', 'application/octet-stream')).status).toBe(202)
    })

    it.each([
      ['a type that is no list', 'domain\nbir.com.tr', 'application/pdf', {}],
      ["curl's default type", 'domain\nbir.com.tr', 'application/x-www-form-urlencoded', {}],
      ['a compressed body', 'domain\nbir.com.tr', 'text/csv', { 'Content-Encoding': 'gzip' }],
    ])('%s', async (_, body, type, headers) => {
      const answer = await send(body, type, { headers })
      expect([answer.status, ((await answer.json()) as Answered).error.code]).toEqual([415, 'BODY_TYPE_UNSUPPORTED'])
      expect(await raw()).toEqual([])
    })

    it.each([
      ['a form without a file', [['file', 'bir.com.tr']], 422],
      [
        'a form with two files',
        [
          ['one', new Blob(['domain\nbir.com.tr'])],
          ['two', new Blob(['domain\niki.com.tr'])],
        ],
        422,
      ],
    ] as [string, [string, string | Blob][], number][])('%s', async (_, fields, status) => {
      const form = new FormData()
      for (const [name, value] of fields) form.append(name, value)
      expect((await send(form, undefined)).status).toBe(status)
      expect(await raw()).toEqual([])
    })

    it('a form that ends too early', async () => {
      const answer = await send('--x\r\nContent-Disposition: form-data; name="file"', 'multipart/form-data; boundary=x')
      expect(((await answer.json()) as Answered).error.details['fields']).toEqual([
        { field: 'body', message: 'must be a complete form that its boundary ends' },
      ])
    })

    it('a charset that Hunter does not read, with those that it reads', async () => {
      const answer = await send('domain\nbir.com.tr', 'text/csv; charset=shift_jis')
      expect(((await answer.json()) as Answered).error.details['fields']).toEqual([
        { field: 'Content-Type', message: expect.stringContaining('utf-8, utf-16le, utf-16be, windows-1254') },
      ])
    })
  })

  it('refuses a row alone for 201 columns or two domains, and takes mixed line ends', async () => {
    const wide = `bir.com.tr${',x'.repeat(200)}`
    const { data } = await importCsv(
      `domain,ad\r\nbir.com.tr,a\niki.com.tr,b\r${wide}\nuc.com.tr;dort.com.tr,c\nbes.com.tr|alti.com.tr,d\n`,
    )
    expect(data).toMatchObject({ accepted: 2, refused: 3 })
    expect(data['refusals']).toMatchObject([
      { line: 4, reason: 'the row has more than 200 columns' },
      { line: 5, reason: expect.stringContaining('more than one name') },
      { line: 6, reason: expect.stringContaining('more than one name') },
    ])
  })

  it('names the line of a quote that is never closed, and stores nothing of the list', async () => {
    const rows = 'bir.com.tr,a\n'.repeat(600)
    const { status, body } = await api.call('POST', '/api/v1/ingest/csv', {
      key,
      body: { csv: `domain,ad\n${rows}iki.com.tr,"b\n${rows}` },
    })
    const error = { code: 'CSV_INVALID', message: 'line 602: a quote is opened and not closed' }
    expect([status, body.error]).toMatchObject([422, error])
    expect(await database.db.select().from(rawLeads)).toEqual([])
  })
})

interface Answered {
  data: Record<string, unknown>
  error: { code: string; details: Record<string, unknown> }
}

/** Turkish as old programs write it. */
function in1254(text: string): Uint8Array<ArrayBuffer> {
  const codes: Record<string, number> = { Ş: 0xde, ş: 0xfe, İ: 0xdd, ı: 0xfd, Ğ: 0xd0, ğ: 0xf0 }
  return Uint8Array.from(text, (letter) => codes[letter] ?? letter.charCodeAt(0))
}
