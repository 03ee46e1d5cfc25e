import { afterEach, describe, expect, it } from 'vitest'
import type { DnsServer } from '#emulators/dns/server'
import { collectSignals } from '#signals/collect'
import { createDns } from '#signals/dns/dns'
import type { IpFactsStore } from '#signals/network/networks'
import { normaliseDomain } from '#signals/normalise'
import type { IpFacts } from '#signals/signals'
import { startZone } from '../../support/dns.ts'
import { TestClock } from '../../support/test-clock.ts'

const DOMAIN = normaliseDomain('firma.com.tr')
const running: DnsServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

const CYMRU = {
  origin: { '1.0.0.1': { TXT: ['13335 | 1.0.0.0/24 | AU | apnic | 2011-08-11'] } },
  asn: { as13335: { TXT: ['13335 | US | arin | 2010-07-14 | CLOUDFLARENET, US'] } },
}
const ZONE = {
  'firma.com.tr': {
    '@': { A: ['1.0.0.1', '10.0.0.7'], MX: ['10 mail.firma.com.tr', '20 mx.nowhere.com.tr'], TXT: ['v=spf1 -all'] },
    mail: { A: ['8.8.8.8'], AAAA: ['fd00::1'] },
  },
  'nowhere.com.tr': {},
  'origin.asn.cymru.com': { ...CYMRU.origin, '8.8.8.8': { rcode: 'SERVFAIL' as const } },
  'asn.cymru.com': CYMRU.asn,
}

function memory(known: IpFacts[] = []) {
  const saved: IpFacts[] = []
  const store: IpFactsStore = {
    find: async (ips) => known.filter(({ ip }) => ips.includes(ip)),
    save: async (facts) => void saved.push(...facts),
  }
  return { store, saved }
}

async function scan(domains: Parameters<typeof startZone>[0], ipFacts?: IpFactsStore) {
  const server = await startZone(domains)
  running.push(server)
  const clock = new TestClock()
  const dns = createDns({ servers: [server.address], queryTimeoutMs: 1_000, clock })
  return collectSignals({ dns, clock, ...(ipFacts && { ipFacts }) }, DOMAIN, { budgetMs: 5_000 })
}

const ROOT: IpFacts = { ip: '1.0.0.1', source: 'root-ip', country: 'AU', asn: 13_335, asName: 'CLOUDFLARENET' }

describe('the networks of a domain', () => {
  it('are not asked for unless that is turned on', async () => {
    const { networks } = await scan(ZONE)
    expect(networks).toMatchObject({ state: 'unknown', rcode: 'NOT_COLLECTED' })
  })

  it('are those of its public addresses and its mail hosts’, private ones left out', async () => {
    const { store, saved } = memory()
    const { networks } = await scan(ZONE, store)
    expect(networks).toMatchObject({
      state: 'present',
      records: ['root-ip 1.0.0.1: AS13335 CLOUDFLARENET (AU)'],
      value: { addresses: [ROOT], unanswered: ['8.8.8.8'] },
    })
    expect(saved).toEqual([ROOT])
  })

  it('are taken from what is known already', async () => {
    const mail: IpFacts = { ip: '8.8.8.8', source: 'root-ip', country: 'US', asn: 15_169, asName: 'GOOGLE' }
    const { store, saved } = memory([ROOT, mail])
    const { networks } = await scan(ZONE, store)
    const addresses = [ROOT, { ...mail, source: 'mx-ip' }]
    expect(networks).toMatchObject({ state: 'present', value: { addresses, unanswered: [] } })
    expect(saved).toEqual([])
  })

  it('are absent where there is no public address, and unknown where that was not answered', async () => {
    const { store } = memory()
    const inside = { 'firma.com.tr': { '@': { A: ['10.0.0.7'], TXT: ['x'] } } }
    expect((await scan(inside, store)).networks).toMatchObject({ state: 'absent' })
    const silent = { 'firma.com.tr': { '@': { rcode: 'SERVFAIL' as const } } }
    expect((await scan(silent, store)).networks).toMatchObject({ state: 'unknown', rcode: 'SERVFAIL' })
    const unanswered = { 'firma.com.tr': { '@': { A: ['8.8.8.8'] } } }
    expect((await scan(unanswered, store)).networks).toMatchObject({ state: 'unknown', rcode: 'TIMEOUT' })
  })
})
