import { describe, expect, it } from 'vitest'
import type { CnameChain, Signals, Srv } from '#signals/signals'
import { findTenants, isProven } from '#signals/provider/tenants'
import { absent, dkimOf, mxTo, present, sampleSignals, spfOf, unanswered } from '../../support/sample-signals.ts'

const bare = { mx: absent(), spf: absent(), dkim: absent() }
const tenantsOf = (changes: Partial<Signals>) => findTenants(sampleSignals('firma.com.tr', { ...bare, ...changes }))
const aliasTo = (target: string) =>
  present<CnameChain>({ targets: [target], addresses: [], loops: false, unanswered: [] })
const srvTo = (host: string) => present<Srv>({ hosts: [{ host, port: 443, priority: 0, weight: 0 }] })
const token = (service: string, record: string) => present({ tokens: [{ service, record }] })
const selectorTo = (target: string) => present(dkimOf([], [{ selector: 'selector1', target }]))

describe('a Microsoft 365 tenant', () => {
  it.each<[string, Partial<Signals>]>([
    ['MX', { mx: present(mxTo('firma-com-tr.mail.protection.outlook.com')) }],
    ['a DKIM CNAME', { dkim: selectorTo('selector1-firma-com-tr._domainkey.firma.onmicrosoft.com') }],
    ['autodiscover', { autodiscover: aliasTo('autodiscover.outlook.com') }],
    ['autodiscover by SRV', { autodiscoverSrv: srvTo('autodiscover.outlook.com') }],
    ['enterpriseregistration', { enterpriseRegistration: aliasTo('enterpriseregistration.windows.net') }],
    ['enterpriseenrollment', { enterpriseEnrollment: aliasTo('enterpriseenrollment-s.manage.microsoft.com') }],
    ['lyncdiscover', { lyncdiscover: aliasTo('webdir.online.lync.com') }],
    ['sip', { sip: aliasTo('sipdir.online.lync.com') }],
    ['sip federation', { sipFederation: srvTo('sipfed.online.lync.com') }],
  ])('is proven by %s, named as evidence', (_, changes) => {
    const { microsoft365, google } = tenantsOf(changes)
    expect(microsoft365).toMatchObject([{ proves: true, evidence: expect.stringMatching(/\S/) }])
    expect(google).toEqual([])
  })

  it.each<[string, Partial<Signals>]>([
    ['a token', { tokens: token('Microsoft 365', 'MS=ms12345678') }],
    [
      'SPF',
      {
        spf: present({
          ...spfOf('v=spf1 -all'),
          includes: ['spf.protection.outlook.com'],
          senders: ['spf.protection.outlook.com'],
        }),
      },
    ],
    ['msoid', { msoid: aliasTo('clientconfig.microsoftonline-p.net') }],
  ])('is never proven by %s alone, which is still listed', (_, changes) => {
    const { microsoft365 } = tenantsOf(changes)
    expect(microsoft365).toHaveLength(1)
    expect(isProven(microsoft365)).toBe(false)
  })

  it('is not found in names that only look like Microsoft’s', () => {
    for (const target of ['autodiscover.outlook.com.evil.net', 'xonmicrosoft.com', 'autodiscover.firma.com.tr']) {
      const changes = { autodiscover: aliasTo(target), sip: aliasTo(target), dkim: selectorTo(target) }
      expect(tenantsOf(changes).microsoft365).toEqual([])
    }
  })
})

describe('a Google tenant', () => {
  it('is proven by MX, and by a key at google._domainkey that is no CNAME', () => {
    expect(isProven(tenantsOf({ mx: present(mxTo('aspmx.l.google.com')) }).google)).toBe(true)
    expect(isProven(tenantsOf({ dkim: present(dkimOf(['google'])) }).google)).toBe(true)
    const elsewhere = dkimOf(['google'], [{ selector: 'google', target: 'key.other.net' }])
    expect(tenantsOf({ dkim: present(elsewhere) }).google).toEqual([])
  })

  it('is never proven by a token or by SPF', () => {
    const tokens = token('Google', 'google-site-verification=abc')
    const spf = present({ ...spfOf('v=spf1 -all'), includes: ['_spf.google.com'], senders: ['_spf.google.com'] })
    const { google } = tenantsOf({ tokens, spf })
    expect(google.map(({ signal, proves }) => [signal, proves])).toEqual([
      ['spf', false],
      ['tokens', false],
    ])
  })
})

it('says which signals could still show one', () => {
  expect(tenantsOf({ sip: unanswered(), bimi: unanswered() }).unanswered).toEqual(['sip'])
})
