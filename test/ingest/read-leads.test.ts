import { expect, it } from 'vitest'
import { readLeads } from '#ingest/read-leads'
import type { RowInput } from '#ingest/row'

const read = (...leads: RowInput[]) => readLeads(leads).rows.map(({ verdict }) => Object.values(verdict)[0])

it.each<[string, RowInput, string]>([
  ['a domain', { domain: 'https://www.Acme.com.tr/iletisim' }, 'acme.com.tr'],
  ['a Turkish heading', { 'İnternet Adresi': 'acme.com.tr' }, 'acme.com.tr'],
  ['an address alone', { 'Kurumsal E-Posta': 'ayse@acme.com.tr' }, 'acme.com.tr'],
  ['an empty website beside an address', { website: null, email: 'ayse@acme.com.tr' }, 'acme.com.tr'],
  ['a page of a network beside an address', { website: 'instagram.com/acme', email: 'a@acme.com.tr' }, 'acme.com.tr'],
  ['the better of two headings', { page_url: 'https://bizim.com.tr/form', domain: 'acme.com.tr' }, 'acme.com.tr'],
  ['a consumer mailbox', { email: 'ayse@gmail.com' }, 'not a company: gmail.com is a mail provider'],
  ['a page of a network', { domain: 'instagram.com/acme' }, 'not a company: instagram.com is a social network'],
  ['two names', { domain: 'bir.com.tr iki.com.tr' }, 'not a domain: it contains more than one name'],
  ['what is no text', { domain: true }, 'not a domain: it is a single label'],
])('reads %s as a row of a list is read', (_, lead, meaning) => {
  expect(read(lead)).toEqual([meaning])
})

it('reads each lead by its own fields, and refuses one that has none', () => {
  expect(read({ domain: 'bir.com.tr' }, { website: 'iki.com.tr' }, { email: 'a@uc.com.tr' }, { name: 'Dört' })).toEqual(
    ['bir.com.tr', 'iki.com.tr', 'uc.com.tr', 'the lead has no field such as domain, website or email'],
  )
})

it('keeps the lead as it came, and takes name and other fields as columns', () => {
  const lead = { domain: 'acme.com.tr', Firma: 'Acme A.Ş.', employees: 40, partner: true, note: null }
  const [row] = readLeads([lead]).rows
  expect(row).toMatchObject({ line: 1, input: lead, cell: 'acme.com.tr' })
  expect(row?.listed).toEqual({
    company: 'Acme A.Ş.',
    emailDomain: null,
    fields: [
      { name: 'employees', value: '40' },
      { name: 'partner', value: 'true' },
    ],
  })
})

it('refuses a delivery in which no lead can name a company', () => {
  expect(() => readLeads([{ name: 'Acme' }, { phone: '5' }])).toThrow(/holds no lead/)
})
