import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { readRdapDomain } from '#signals/registration/rdap-domain'
import { rdapDomain } from '../../support/registry.ts'

const FACTS = {
  registrar: 'Example Registrar, Inc.',
  createdAt: '1995-08-14T04:00:00Z',
  expiresAt: '2027-08-13T04:00:00Z',
  nameServers: ['a.ns.firma.com', 'b.ns.firma.com'],
  statuses: ['clientTransferProhibited', 'active'],
}

describe('an RDAP domain object', () => {
  it('gives registrar, dates, name servers and statuses', () => {
    expect(readRdapDomain(rdapDomain('firma.com'), 'firma.com')).toEqual(FACTS)
  })

  it('may lack everything but its class', () => {
    expect(readRdapDomain({ objectClassName: 'domain' }, 'firma.com')).toEqual({
      registrar: null,
      createdAt: null,
      expiresAt: null,
      nameServers: [],
      statuses: [],
    })
  })

  it('is read as far as it is as it should be', () => {
    const odd = {
      ...rdapDomain('firma.com'),
      events: [null, { eventAction: 'expiration' }, { eventAction: 'expiration', eventDate: '2027-08-13' }],
      entities: ['x', { roles: ['registrar'], handle: '292', vcardArray: ['vcard', 'broken'] }],
      nameservers: [{}, { ldhName: 'NS1.FIRMA.COM.' }, { ldhName: 'not a host' }],
      status: [7, 'active'],
    }
    expect(readRdapDomain(odd, 'firma.com')).toEqual({
      registrar: '292',
      createdAt: null,
      expiresAt: '2027-08-13T00:00:00Z',
      nameServers: ['ns1.firma.com'],
      statuses: ['active'],
    })
  })

  it('is read in any case, and names the first of an organisation’s units', () => {
    const { events, entities: _entities, ...rest } = rdapDomain('firma.com') as { events: object[]; entities: unknown }
    const loud = events.map((event) => ({
      ...event,
      eventAction: String(Reflect.get(event, 'eventAction')).toUpperCase(),
    }))
    const card = [
      'vcard',
      [
        ['version', {}, 'text', '4.0'],
        ['org', {}, 'text', ['Example Registrar', 'Domains']],
      ],
    ]
    const entities = [{ roles: ['Registrar'], handle: '292', vcardArray: card }]
    const facts = { ...FACTS, registrar: 'Example Registrar' }
    expect(readRdapDomain({ ...rest, events: loud, entities }, 'firma.com')).toEqual(facts)
  })

  it.each([
    ['another domain', rdapDomain('other.com')],
    ['an error', { errorCode: 500, title: 'sorry' }],
    ['a name server', { ...rdapDomain('firma.com'), objectClassName: 'nameserver' }],
    ['no object', []],
    ['nothing', null],
  ])('is not read out of %s', (_, json) => {
    expect(readRdapDomain(json, 'firma.com')).toBeNull()
  })

  it('never fails on any JSON', () => {
    const shaped = fc.record({
      objectClassName: fc.constant('domain'),
      events: fc.jsonValue(),
      entities: fc.oneof(
        fc.jsonValue(),
        fc.array(fc.record({ roles: fc.constant(['registrar']), vcardArray: fc.jsonValue() })),
      ),
      nameservers: fc.jsonValue(),
      status: fc.jsonValue(),
    })
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), shaped), (json) => {
        expect(readRdapDomain(json, 'firma.com')).toSatisfy((facts) => facts === null || typeof facts === 'object')
      }),
    )
  })
})
