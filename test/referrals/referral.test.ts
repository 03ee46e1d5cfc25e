import { describe, expect, it } from 'vitest'
import { isNewer, readReferral, type Referral } from '#referrals/referral'

const PARTNER = '7f0a5b9c-1111-4222-8333-444455556666'
const OTHER_PARTNER = '8f0a5b9c-1111-4222-8333-444455556666'
const TENANT = '9f0a5b9c-1111-4222-8333-444455556666'
const OWN = new Set(['ortak.com.tr'])

interface Sample {
  emails?: unknown[]
  inviter?: string | null
  ids?: unknown
  profile?: object | null
  [field: string]: unknown
}

const sample = ({ emails = ['ayse@firma.com.tr'], inviter = 'msft', ids = {}, profile, ...fields }: Sample = {}) => ({
  id: 'r-1',
  engagementId: 'e-1',
  organizationId: PARTNER,
  updatedDateTime: '2026-11-20T10:00:00.1234567Z',
  eTag: '"1"',
  status: 'New',
  substatus: 'Received',
  type: 'Independent',
  qualification: 'Direct',
  inviteContext: { notes: 'call 0532', invitedBy: { organizationId: inviter, organizationName: 'x' } },
  customerProfile: profile ?? {
    name: 'Firma A.Ş.',
    team: emails.map((email) => ({ firstName: 'Ayşe', lastName: 'Kaya', phoneNumber: '+90532', email })),
    ids,
  },
  details: { notes: 'secret plan' },
  ...fields,
})

const read = (given?: Sample): Referral => readReferral(sample(given), OWN)!

describe('the kind of a referral', () => {
  it.each([
    ['Independent', 'Direct', 'msft', 'marketplace'],
    ['Independent', 'Direct', 'MSFT', 'marketplace'],
    ['Independent', 'Direct', null, 'marketplace'],
    ['Independent', 'Direct', '', 'marketplace'],
    ['independent', 'direct', 'msft', 'marketplace'],
    ['Independent', 'SalesQualified', 'msft', 'solution-provider'],
    ['Independent', 'MarketingQualified', 'msft', 'solution-provider'],
    ['Independent', 'SalesQualified', PARTNER, 'co-sell'],
    ['Independent', 'None', PARTNER, 'co-sell'],
    ['Shared', 'SalesQualified', PARTNER, 'co-sell'],
    ['Shared', 'None', OTHER_PARTNER, 'co-sell'],
    ['Independent', 'SalesQualified', null, 'other'],
    ['Independent', 'MarketingQualified', PARTNER, 'other'],
    ['Independent', 'Direct', OTHER_PARTNER, 'other'],
    ['Independent', 'None', 'msft', 'other'],
    ['Shared', 'Direct', 'msft', 'other'],
    ['Shared', 'SalesQualified', 'msft', 'other'],
    ['Syndicated', 'SalesQualified', PARTNER, 'other'],
    ['Independent', 'AutoQualified', 'msft', 'other'],
    [null, null, null, 'other'],
    [7, {}, PARTNER, 'other'],
  ])('%s, %s, invited by %s is %s', (type, qualification, inviter, kind) => {
    expect(read({ type, qualification, inviter }).kind).toBe(kind)
  })

  it('ignores the source and the call to action, and treats a missing invitation as none', () => {
    const fields = { referralSource: 'CoSell', callToAction: 'co-sell' }
    expect(read(fields).kind).toBe('marketplace')
    expect(read({ ...fields, inviteContext: undefined }).kind).toBe('marketplace')
    expect(read({ ...fields, inviteContext: { invitedBy: null } }).kind).toBe('marketplace')
  })
})

describe('the domain of a referral', () => {
  it.each([
    ['one address', ['ayse@firma.com.tr'], 'firma.com.tr'],
    ['a host below the domain', ['ayse@mail.FIRMA.com.tr'], 'firma.com.tr'],
    ['the commonest', ['a@iki.com', 'b@firma.com.tr', 'c@firma.com.tr'], 'firma.com.tr'],
    [
      'consumer mailboxes outnumber it',
      ['a@gmail.com', 'b@hotmail.com', 'c@gmail.com', 'd@firma.com.tr'],
      'firma.com.tr',
    ],
    ['the seller of Microsoft', ['a@microsoft.com', 'b@microsoft.com', 'c@firma.com.tr'], 'firma.com.tr'],
    ['our own sellers', ['a@ortak.com.tr', 'b@mail.ortak.com.tr', 'c@firma.com.tr'], 'firma.com.tr'],
    ['a tenant’s first name', ['a@baska.onmicrosoft.com', 'b@firma.com.tr'], 'firma.com.tr'],
    [
      'addresses that are none',
      ['', ' ', 'yok', '@x.com', 'a@', 'a@[1.2.3.4]', 'a@b', null, 7, 'b@firma.com.tr'],
      'firma.com.tr',
    ],
    ['an international name', ['a@örnek-şirket.com.tr'], 'xn--rnek-irket-dcb97j.com.tr'],
    ['one address twice', ['a@iki.com', 'A@iki.com ', 'b@firma.com.tr', 'c@firma.com.tr'], 'firma.com.tr'],
  ])('%s: %j is %s', (_case, emails, domain) => {
    expect(read({ emails })).toMatchObject({ domain, domainMissing: null })
  })

  it.each([
    ['no team', [], 'no-address'],
    ['no readable address', ['yok', 'a@localhost', 'a@firma.example'], 'no-address'],
    ['consumer mailboxes only', ['a@gmail.com', 'b@outlook.com', 'c@yandex.com.tr'], 'no-company-address'],
    ['Microsoft and us only', ['a@microsoft.com', 'b@ortak.com.tr', 'c@x.onmicrosoft.com'], 'no-company-address'],
    ['two companies alike', ['a@iki.com', 'b@firma.com.tr'], 'several-companies'],
    ['two companies, one address twice', ['a@iki.com', 'A@iki.com', 'b@firma.com.tr'], 'several-companies'],
  ])('%s: %j is missing, and the name never stands in for it', (_case, emails, domainMissing) => {
    expect(read({ emails })).toMatchObject({ domain: null, domainMissing, companyName: 'Firma A.Ş.' })
  })

  it.each([[null], [{}], [{ team: null }], [{ team: 'a@firma.com.tr' }], [{ team: [null, 'x', 3] }]])(
    'a profile of %j keeps the referral without a domain',
    (customerProfile) => {
      expect(read({ customerProfile })).toMatchObject({ id: 'r-1', domain: null, domainMissing: 'no-address' })
    },
  )
})

describe('the tenant of a referral', () => {
  it.each([
    ['an empty object', {}, null],
    ['an empty list', [], null],
    [
      'a list',
      [
        { profileType: 'External', id: TENANT.toUpperCase() },
        { profileType: 'Duns', id: '123456789' },
      ],
      TENANT,
    ],
    ['an object', { External: TENANT, Duns: '123456789' }, TENANT],
    ['one id twice', [{ id: TENANT }, { id: TENANT }], TENANT],
    ['two ids', [{ id: TENANT }, { id: OTHER_PARTNER }], null],
    ['the partner’s own id', [{ id: PARTNER }], null],
    ['zeros', { External: '00000000-0000-0000-0000-000000000000' }, null],
    ['an id inside a text', { External: `tenant ${TENANT}` }, null],
    ['a text', TENANT, TENANT],
    ['null', null, null],
    ['too deep', { a: { b: { c: TENANT } } }, null],
  ])('%s', (_case, ids, tenantId) => {
    expect(read({ ids }).tenantId).toBe(tenantId)
  })
})

describe('which copy of a referral is newer', () => {
  const at = (updatedDateTime: string, eTag = '"1"') => read({ updatedDateTime, eTag })

  it.each([
    ['2026-11-20T10:00:00.1234568Z', '2026-11-20T10:00:00.1234567Z'],
    ['2026-11-20T10:00:00.5Z', '2026-11-20T10:00:00Z'],
    ['2026-11-20T10:00:01Z', '2026-11-20T10:00:00.9999999Z'],
    ['2026-11-20T10:00:00.2Z', '2026-11-20T13:00:00.1000000+03:00'],
  ])('%s is after %s, beyond the milliseconds of a Date', (later, earlier) => {
    expect(isNewer(at(later), at(earlier))).toBe(true)
    expect(isNewer(at(earlier), at(later))).toBe(false)
  })

  it('takes another eTag of the same moment, and not the same copy', () => {
    const time = '2026-11-20T10:00:00Z'
    expect(isNewer(at(time, '"2"'), at(time))).toBe(true)
    expect(isNewer(at(time), at(time))).toBe(false)
  })
})

it.each([
  [null],
  ['text'],
  [[]],
  [{}],
  [sample({ id: '' })],
  [sample({ id: 7 })],
  [sample({ updatedDateTime: 'yesterday' })],
  [sample({ updatedDateTime: '2026-13-45T99:00:00Z' })],
  [sample({ updatedDateTime: undefined })],
])('skips what has no id or no time: %#', (raw) => {
  expect(readReferral(raw, OWN)).toBeNull()
})

it('passes on no name, address, telephone number or note of a person', () => {
  const passed = JSON.stringify(read())
  for (const personal of ['Ayşe', 'ayse', 'Kaya', '0532', '+90532', 'secret plan', 'call']) {
    expect(passed).not.toContain(personal)
  }
})
