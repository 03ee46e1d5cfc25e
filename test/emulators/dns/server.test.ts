import { promises } from 'node:dns'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type DnsServer, type DnsServerOptions, readDemoZone, startDnsServer } from '#emulators/dns/server'
import { systemClock } from '#platform/clock'
import { collectSignals } from '#signals/collect'
import { createDns } from '#signals/dns/dns'
import { normaliseDomain } from '#signals/normalise'
import { identifyProvider } from '#signals/provider/identify-provider'
import type { Signals } from '#signals/signals'
import { isProven } from '#signals/provider/tenants'
import { startOddServer } from '../../support/dns.ts'

const running: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

async function start(options: DnsServerOptions): Promise<DnsServer> {
  const server = await startDnsServer(options)
  running.push(server)
  return server
}

const ZONE = {
  note: 'test',
  date: '2026-11-20',
  domains: {
    'firma.com.tr': {
      '@': { MX: ['10 mail.firma.com.tr'], TXT: ['one', 'too long for UDP '.repeat(200)] },
      'deep.below': { TXT: ['here'] },
    },
  },
  senders: { 'sender.net': { TXT: ['v=spf1 -all'] } },
}

function resolverAt({ address }: { address: string }): promises.Resolver {
  const resolver = new promises.Resolver({ timeout: 60_000, tries: 1 })
  resolver.setServers([address])
  return resolver
}

describe('names of the zone', () => {
  it('are answered over UDP and TCP on one port', async () => {
    const resolver = resolverAt(await start({ zone: ZONE, forwardTo: [] }))
    expect(await resolver.resolveMx('FIRMA.com.tr')).toMatchObject([{ exchange: 'mail.firma.com.tr', priority: 10 }])
    const texts = (await resolver.resolveTxt('firma.com.tr')).map((strings) => strings.join(''))
    expect(new Set(texts)).toEqual(new Set(ZONE.domains['firma.com.tr']['@'].TXT))
  })

  it('distinguish a missing name from one without such records', async () => {
    const resolver = resolverAt(await start({ zone: ZONE, forwardTo: [] }))
    await expect(resolver.resolveMx('nothing.firma.com.tr')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await expect(resolver.resolve4('firma.com.tr')).rejects.toMatchObject({ code: 'ENODATA' })
    await expect(resolver.resolveTxt('below.firma.com.tr')).rejects.toMatchObject({ code: 'ENODATA' })
    expect(await resolver.resolveTxt('deep.below.firma.com.tr')).toEqual([['here']])
  })

  it('contain only the records of a sender that SPF needs', async () => {
    const upstream = await start({ zone: { ...ZONE, domains: { 'sender.net': { '@': { MX: ['5 mx.sender.net'] } } } } })
    const resolver = resolverAt(await start({ zone: ZONE, forwardTo: [upstream.address] }))
    expect(await resolver.resolveTxt('sender.net')).toEqual([['v=spf1 -all']])
    expect(await resolver.resolveMx('sender.net')).toMatchObject([{ exchange: 'mx.sender.net', priority: 5 }])
  })
})

describe('other names', () => {
  const elsewhere = { ...ZONE, domains: { 'baska.com.tr': { '@': { TXT: ['y'.repeat(2_000)] } } } }

  it('are forwarded, even for long answers', async () => {
    const upstream = await start({ zone: elsewhere, forwardTo: [] })
    const resolver = resolverAt(await start({ zone: ZONE, forwardTo: [upstream.address] }))
    const [strings = []] = await resolver.resolveTxt('baska.com.tr')
    expect(strings.join('')).toBe('y'.repeat(2_000))
    await expect(resolver.resolveMx('yok.baska.com.tr')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  it('go to the second resolver when the first is silent', async () => {
    const silent = await startOddServer()
    const upstream = await start({ zone: elsewhere, forwardTo: [] })
    running.push(silent)
    const resolver = resolverAt(await start({ zone: ZONE, forwardTo: [silent.address, upstream.address] }))
    expect(await resolver.resolveTxt('baska.com.tr')).toHaveLength(1)
  })

  it('fail quickly with SERVFAIL when no resolver answers', async () => {
    const silent = await startOddServer()
    running.push(silent)
    for (const forwardTo of [[], ['127.0.0.1:9'], [silent.address]]) {
      const resolver = resolverAt(await start({ zone: ZONE, forwardTo }))
      await expect(resolver.resolveMx('baska.com.tr')).rejects.toMatchObject({ code: 'ESERVFAIL' })
    }
  })
})

it('reports that the port is taken', async () => {
  const { address } = await start({ zone: ZONE, forwardTo: [] })
  const port = Number(address.split(':')[1])
  await expect(startDnsServer({ zone: ZONE, port })).rejects.toMatchObject({ code: 'PART_FAILED' })
})

it('closes while a query is open, and frees the port', async () => {
  const silent = await startOddServer()
  running.push(silent)
  const server = await startDnsServer({ zone: ZONE, forwardTo: [silent.address] })
  const resolver = resolverAt(server)
  const open = resolver.resolveMx('baska.com.tr').catch((error: unknown) => error)
  await expect.poll(() => silent.questions()).toBe(1)
  await server.close()
  await start({ zone: ZONE, port: Number(server.address.split(':')[1]) })
  resolver.cancel()
  expect(await open).toMatchObject({ code: 'ECANCELLED' })
})

describe('the bundled zone', () => {
  /** Compares what a scan sees of each domain; some thousand questions, which are not urgent. */
  let all: Map<string, Signals>
  beforeAll(async () => {
    const server = await startDnsServer({ forwardTo: [] })
    const dns = createDns({ servers: [server.address], queryTimeoutMs: 60_000, clock: systemClock })
    all = new Map()
    for (const name of Object.keys((await readDemoZone()).domains)) {
      const domain = normaliseDomain(name)
      all.set(domain, await collectSignals({ dns, clock: systemClock }, domain, { budgetMs: 60_000 }))
    }
    await server.close()
  })

  it('needs no network: no MX, SPF or DMARC of its domains is unknown', async () => {
    expect(all.size).toBeGreaterThanOrEqual(40)
    for (const { domain, mx, spf, dmarc } of all.values()) {
      if (domain === 'hunter-demo-cevapsiz.com') continue
      expect([domain, mx.state, spf.state, dmarc.state]).not.toContain('unknown')
    }
    const { senders = {} } = await readDemoZone()
    const refused = Object.keys(senders).filter((name) => senders[name]?.rcode === 'REFUSED')
    const unanswered = [...all.values()].flatMap(({ spf }) => (spf.state === 'present' ? spf.value.unanswered : []))
    expect(new Set(unanswered)).toEqual(new Set([...refused, '_spf.redbull.com']))
  })

  it('contains only the recorded answers for a real domain', () => {
    const { mx, a, dkim, autodiscover } = all.get('oecd.org') as Signals
    expect([mx.state, a.rcode, dkim.rcode, autodiscover.rcode]).toEqual(['present', 'REFUSED', 'REFUSED', 'REFUSED'])
  })

  it('shows each case that the product distinguishes', () => {
    const verdict = (domain: string) => identifyProvider(all.get(domain) as Signals)
    const behind = { gateway: { id: 'proofpoint' }, mailbox: { id: 'microsoft-365' } }
    expect(verdict('washingtonpost.com')).toMatchObject(behind)
    expect(verdict('oecd.org')).toMatchObject({ gateway: null, mailbox: { id: 'microsoft-365' } })
    expect(verdict('hunter-demo-gida.com.tr').mailbox.id).toBe('yandex')
    expect(verdict('hunter-demo-insaat.com.tr').mailbox.id).toBe('zoho')
    expect(verdict('hunter-demo-mobilya.com.tr').mailbox.kind).toBe('hosting')
    expect(verdict('facebook.com').mailbox.id).toBe('own-server')
    expect(all.get('hunter-demo-kargo.com.tr')?.mx).toMatchObject({ value: { nullMx: true } })
    expect(all.get('hunter-demo-arsiv.com.tr')?.mx).toMatchObject({ state: 'absent', rcode: 'NODATA' })
    expect(all.get('hunter-demo-matbaa.com.tr')?.spf.state).toBe('absent')
    expect(all.get('hunter-demo-ihracat.com.tr')?.spf).toMatchObject({ value: { problems: ['several-records'] } })
    expect(all.get('hunter-demo-kimya.com.tr')?.dkim).toMatchObject({ value: { selectors: ['selector1'] } })
    expect(isProven(verdict('hunter-demo-sigorta.com.tr').tenants.microsoft365)).toBe(true)
    expect(isProven(verdict('hunter-demo-saglik.com.tr').tenants.microsoft365)).toBe(false)
    expect(all.get('hunter-demo-lojistik.com.tr')?.dkim).toMatchObject({ state: 'unknown', rcode: 'UNPROVEN' })
    expect(all.get('hunter-demo-kargo.com.tr')?.dkim).toMatchObject({ state: 'absent', rcode: 'NXDOMAIN' })
    expect(all.get('hunter-demo-holding.com.tr')?.spf).toMatchObject({ value: { problems: ['too-many-lookups'] } })
  })

  it('contains every domain of the demonstration list except the refused ones', async () => {
    const text = await readFile(new URL('../../../packages/local/demo-domains.csv', import.meta.url), 'utf8')
    const [header, ...rows] = text.trim().split('\n')
    expect(header).toBe('domain,company,note')
    expect(rows.length).toBeGreaterThanOrEqual(32)
    const { domains } = await readDemoZone()
    const firsts = rows.map((row) => row.split(',')[0] ?? '')
    const refused = firsts.filter((first) => {
      try {
        return !(normaliseDomain(first) in domains)
      } catch {
        return true
      }
    })
    expect(refused).toEqual(['192.168.10.20'])
  })
})
