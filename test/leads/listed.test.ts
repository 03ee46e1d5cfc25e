/** What imported lists say about companies: how it is kept, merged, found and shown. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { domainToASCII } from 'node:url'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { companies } from '#db/tables'
import { ingestFile } from '#ingest/ingest-file'
import { countLeads } from '#leads/list/count-leads'
import { LEAD_SORTS } from '#leads/list/lead-order'
import { type LeadQuery, listLeads } from '#leads/list/list-leads'
import { findListed } from '#leads/listed/find-listed'
import { LISTED_MAX, limitListed, mergeListed } from '#leads/listed/listed-company'
import { normaliseDomain } from '#signals/normalise'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { hasPoppler, readPdfText } from '../support/read-pdf.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { TestClock } from '../support/test-clock.ts'

/** A domain that people also know by its Unicode name. */
const SIRKET = domainToASCII('şirket.com.tr')

let database: HunterDatabase
let dir: string
beforeAll(async () => {
  database = await createHunterDatabase()
  dir = await mkdtemp(join(tmpdir(), 'hunter-listed-'))
})
afterAll(async () => {
  await database.close()
  await rm(dir, { recursive: true, force: true })
})

const bring = async (text: string): Promise<string> => {
  const path = join(dir, v7())
  await writeFile(path, text)
  const deps = { db: database.db, clock: new TestClock(), newId: v7 }
  return (await ingestFile(deps, { path, actor: 'test' })).importId
}
const scan = async (...domains: string[]) => {
  for (const domain of domains) await keepLead(database.db, sampleLead({ domain }))
}
const said = (domain: string) => findListed(database.db, normaliseDomain(domain))

describe('two lists about one company', () => {
  it('keeps what the newest list says, and what it leaves empty or does not have', async () => {
    await bring('Firma;Web;E-Posta;Şehir;Telefon;Not\nEski Ad;ortak.com.tr;a@ortak.com.tr;Bursa;0224 111;-\n')
    await bring('Ünvan;Web Sitesi;ŞEHİR;Telefon;Sektör\n;ortak.com.tr;İzmir;;Kimya\n')
    expect(await said('ortak.com.tr')).toEqual({
      company: 'Eski Ad',
      emailDomain: 'ortak.com.tr',
      fields: [
        { name: 'ŞEHİR', value: 'İzmir' },
        { name: 'Sektör', value: 'Kimya' },
        { name: 'Telefon', value: '0224 111' },
      ],
    })
    await bring('Ünvan;Web Sitesi;E-Posta\nYeni Ad A.Ş.;ortak.com.tr;satis@ortak-holding.com.tr\n')
    expect(await said('ortak.com.tr')).toMatchObject({ company: 'Yeni Ad A.Ş.', emailDomain: 'ortak-holding.com.tr' })
  })

  it('takes a later row of one list for the newer one, also beyond a chunk of rows', async () => {
    const others = Array.from({ length: 600 }, (_, n) => `Firma ${n},f${n}.com.tr,`)
    await bring(`Firma,Web,Adres\nİlk,son.com.tr,Bir\n${others.join('\n')}\nSon,son.com.tr,\nSonuncu,son.com.tr,\n`)
    expect(await said('son.com.tr')).toMatchObject({ company: 'Sonuncu', fields: [{ name: 'Adres', value: 'Bir' }] })
  })

  it('lets two imports of the same companies at once both finish, and loses no column', async () => {
    const names = Array.from({ length: 700 }, (_, n) => `iki${n}.com.tr`)
    await Promise.all([
      bring(`Web,Şehir\n${names.map((name) => `${name},İzmir`).join('\n')}`),
      bring(
        `Web,Sektör\n${names
          .toReversed()
          .map((name) => `${name},Kimya`)
          .join('\n')}`,
      ),
    ])
    for (const name of [names[0], names[350], names[699]]) {
      const { fields } = await said(name ?? '')
      expect(fields.map(({ value }) => value).sort()).toEqual(['Kimya', 'İzmir'])
    }
  })

  it('stores no row for a list that names domains alone', async () => {
    await bring('domain\nyalin.com.tr\n')
    expect(await said('yalin.com.tr')).toEqual({ company: null, emailDomain: null, fields: [] })
  })
})

describe('what a lead may carry', () => {
  const wide = (columns: number, value: string) => ({
    company: 'a'.repeat(500),
    emailDomain: null,
    fields: Array.from({ length: columns }, (_, n) => ({ name: `Sütun ${n}`, value })),
  })

  it.each([
    ['many columns', wide(200, 'x')],
    ['long cells', wide(5, '😀'.repeat(9_000))],
    ['many long cells', wide(200, 'ş'.repeat(32_000))],
  ])('has a limit for %s, which a merge keeps', (_, listed) => {
    for (const kept of [limitListed(listed), mergeListed(listed, { ...listed, fields: wide(90, 'y').fields })]) {
      expect(kept.company).toHaveLength(LISTED_MAX.company)
      expect(kept.fields.length).toBeLessThanOrEqual(LISTED_MAX.fields)
      expect(kept.fields.map(({ name, value }) => name + value).join('').length).toBeLessThanOrEqual(
        LISTED_MAX.allFields,
      )
      for (const { value } of kept.fields) expect(value.isWellFormed()).toBe(true)
    }
  })

  it('stores a row of 200 cells at their limit', async () => {
    const cells = Array.from({ length: 199 }, () => 'ğ'.repeat(300))
    await bring(`Web,${cells.map((_, n) => `"Sütun, ${n}"`).join(',')}\nenli.com.tr,${cells.join(',')}\n`)
    expect((await said('enli.com.tr')).fields.length).toBeGreaterThan(5)
  })

  it.each([
    ['__proto__', 'zarar'],
    ['constructor', "'; drop table companies; --"],
    ['=cmd()', '\u202Eters'],
  ])('takes a column %s for text like any other', async (name, value) => {
    await bring(`Web,${name}\nkotu.com.tr,${value}\n`)
    expect((await said('kotu.com.tr')).fields).toContainEqual({ name, value })
  })
})

describe('the list of leads', () => {
  let importId: string
  const list = async (query: Partial<LeadQuery>) =>
    (await listLeads(database.db, { sort: 'domain', limit: 100, ...query })).leads.map(({ domain }) => domain)
  beforeAll(async () => {
    await database.db.delete(companies)
    await scan('akin-tekstil.com.tr', 'baska.com.tr', 'www-yok.com', SIRKET, 'a-b.com.tr')
    importId = await bring(
      'Firma;Web;E-Posta;Şehir;"Ciro, TL"\n' +
        'Akın Tekstil San. ve Tic. A.Ş.;akin-tekstil.com.tr;info@akin-tekstil.com.tr;İstanbul / Kadıköy;1.250,50\n' +
        'Başka Isıtma;baska.com.tr;baska@gmail.com;Isparta;-12,5\n' +
        'Şirket İnşaat;şirket.com.tr;;Ankara;\n' +
        'Taranmamış;taranmadi.com.tr;;Ankara;\n',
    )
  })

  it.each([
    ['AKIN TEKSTİL', ['akin-tekstil.com.tr']],
    ['akin tekstil  san.', ['akin-tekstil.com.tr']],
    ['istanbul / kadikoy', ['akin-tekstil.com.tr']],
    ['ısıtma', ['baska.com.tr']],
    ['ISPARTA', ['baska.com.tr']],
    ['baska@gmail.com', ['baska.com.tr']],
    ['gmail', ['baska.com.tr']],
    ['insaat', [SIRKET]],
    ['şirket', [SIRKET]],
    ['ba', ['baska.com.tr']],
    ['başka ı', ['baska.com.tr']],
    ['şi', [SIRKET]],
    ['taranmamış', []],
    ['100%', []],
  ])('finds what a list says by %j, once', async (text, domains) => {
    expect(await list({ text })).toEqual(domains)
    expect(await countLeads(database.db, { text })).toEqual({ value: domains.length, exact: true })
  })

  it('shows the name, the e-mail domain and the other columns, in their order', async () => {
    const { leads } = await listLeads(database.db, { sort: 'domain', limit: 100, text: 'akın' })
    expect(leads[0]).toMatchObject({
      company: 'Akın Tekstil San. ve Tic. A.Ş.',
      emailDomain: 'akin-tekstil.com.tr',
      fields: [
        { name: 'Şehir', value: 'İstanbul / Kadıköy' },
        { name: 'Ciro, TL', value: '1.250,50' },
      ],
    })
    expect(leads[0]).not.toHaveProperty('listedText')
  })

  it('shows the companies of one import alone, with any other filter and in any order', async () => {
    const all = ['akin-tekstil.com.tr', 'baska.com.tr', SIRKET]
    expect(await list({ importId })).toEqual(all)
    for (const sort of LEAD_SORTS) expect((await list({ importId, sort })).toSorted()).toEqual(all)
    expect(await list({ importId, text: 'com.tr', limit: 2 })).toEqual(all.slice(0, 2))
    expect(await list({ importId, segment: 'Cold' })).toEqual([])
    expect(await list({ importId: v7() })).toEqual([])
    expect(await countLeads(database.db, { importId })).toEqual({ value: 3, exact: true })
    await bring('Web\nwww-yok.com\n')
    expect(await list({ importId })).toEqual(all)
  })

  it('meets every lead once, page by page, where a domain and a list both match a text', async () => {
    for (const sort of LEAD_SORTS) {
      const query = { sort, text: 'a', limit: 1 }
      const met: string[] = []
      for (let cursor: string | undefined; ;) {
        const page = await listLeads(database.db, { ...query, cursor })
        met.push(...page.leads.map(({ domain }) => domain))
        if (page.nextCursor === null) break
        cursor = page.nextCursor
      }
      expect(met).toEqual(await list({ ...query, limit: 100 }))
      expect(new Set(met).size).toBe(met.length)
    }
  })

  it('shows them in the command, and as columns of an export by choice', async () => {
    const hunter = hunterInProcess({ HUNTER_DATABASE_URL: database.url, HUNTER_DATA_DIR: dir })
    expect((await hunter('leads', 'list', '--text', 'ısıtma')).out).toMatch(/baska\.com\.tr +Başka Isıtma/)
    const shown = (await hunter('leads', 'show', 'baska.com.tr')).out
    expect(shown).toMatch(/Başka Isıtma\n.*\n +e-mail domain +gmail\.com\n +Şehir +Isparta\n +Ciro, TL +-12,5\n/)
    const exported = async (columns: string) =>
      (await hunter('leads', 'export', '--import-id', importId, '--sort', 'domain', '--columns', columns)).out
        .replace('\uFEFF', '')
        .trimEnd()
        .split('\r\n')
    expect(await exported('company,fields,email_domain')).toEqual([
      'Company,Şehir,"Ciro, TL","E-mail domain"',
      '"Akın Tekstil San. ve Tic. A.Ş.","İstanbul / Kadıköy","1.250,50",akin-tekstil.com.tr',
      '"Başka Isıtma",Isparta,"-12,5",gmail.com',
      '"Şirket İnşaat",Ankara,,',
    ])
  })

  it.skipIf(!hasPoppler())('shows them in the PDF of a lead', async () => {
    const hunter = hunterInProcess({ HUNTER_DATABASE_URL: database.url, HUNTER_DATA_DIR: dir })
    const file = join(dir, 'baska.pdf')
    expect((await hunter('leads', 'pdf', 'baska.com.tr', file)).status).toBe(0)
    const text = readPdfText(await readFile(file))
    expect(text).toContain('Başka Isıtma baska.com.tr')
    expect(text).toContain('Imported details E-mail domain gmail.com Şehir Isparta Ciro, TL -12,5')
  })

  it('gives one column of an export to all spellings of a name', async () => {
    const other = await bring('Web;şehir\na-b.com.tr;Bursa\nbaska.com.tr;\n')
    await bring('Web;Kod\na-b.com.tr;=1+1\n')
    const hunter = hunterInProcess({ HUNTER_DATABASE_URL: database.url, HUNTER_DATA_DIR: dir })
    const { out } = await hunter(
      'leads',
      'export',
      '--import-id',
      other,
      '--sort',
      'domain',
      '--columns',
      'domain,fields',
    )
    const [headings, ...rows] = out.replace('\uFEFF', '').trimEnd().split('\r\n')
    expect(headings?.split(',').filter((name) => /^şehir$/i.test(name))).toHaveLength(1)
    expect(rows.join()).toContain('Bursa')
    expect(rows.join()).toContain("'=1+1")
  })
})
