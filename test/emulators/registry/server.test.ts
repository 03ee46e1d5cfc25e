import { afterEach, describe, expect, it } from 'vitest'
import { type RegistryOptions, type RegistryServer, startRegistry } from '#emulators/registry/server'
import { normaliseDomain } from '#signals/normalise'
import { createRegistration } from '#signals/registration/create'
import { NO_CACHE } from '#signals/registration/registry-cache'
import { CLOSED_PORT, startHttp, startWhois } from '../../support/registry.ts'
import { TestClock } from '../../support/test-clock.ts'
import { TRABIS_FULL } from '../../support/whois-texts.ts'

const running: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

/** Look-ups as the local stack's functions make them, without another name server or a network. */
async function start(options: Partial<RegistryOptions> = {}) {
  const clock = new TestClock('2026-11-20T12:00:00Z')
  const registry: RegistryServer = await startRegistry({ clock, listUrl: null, trabis: null, ...options })
  running.push(registry)
  const { bootstrapUrl, trabisServer } = registry
  const silent = `127.0.0.1:${CLOSED_PORT}`
  const pacer = { acquire: async () => true }
  const options_ = { bootstrapUrl, trabisServer, dnsServers: [silent], queryTimeoutMs: 100, pacer }
  const look = createRegistration({ ...options_, cache: NO_CACHE, clock })
  return (domain: string) => look(normaliseDomain(domain), new AbortController().signal)
}

describe('the local registries', () => {
  it('answer for the invented names, .tr by WHOIS and the others by RDAP', async () => {
    const lookUp = await start()
    expect(await lookUp('hunter-demo-kimya.com.tr')).toMatchObject({
      state: 'present',
      value: {
        source: 'trabis',
        registrar: 'Örnek Alan Adları A.Ş.',
        createdAt: '1999-01-01T00:00:00Z',
        expiresAt: '2040-01-01T00:00:00Z',
        nameServers: ['ns1.hunter-demo-kimya.com.tr', 'ns2.hunter-demo-kimya.com.tr'],
        statuses: ['active', 'transferLocked'],
      },
    })
    expect(await lookUp('hunter-demo-ajans.com')).toMatchObject({
      state: 'present',
      value: { source: 'rdap', registrar: 'Example Registrar, Inc.', expiresAt: '2041-03-10T00:00:00Z' },
    })
  })

  it('include one domain that always expires in twenty days', async () => {
    const lookUp = await start()
    expect(await lookUp('hunter-demo-matbaa.com.tr')).toMatchObject({ value: { expiresAt: '2026-12-10T00:00:00Z' } })
  })

  it('refuse queries about real organisations', async () => {
    const lookUp = await start()
    expect(await lookUp('microsoft.com')).toMatchObject({ state: 'unknown', rcode: 'REFUSED' })
  })

  it('leave other names to the public registries', async () => {
    const rdap = await startHttp((_, response) => response.writeHead(404).end())
    const services = [[['org'], [rdap.url]]]
    const list = await startHttp((_, response) => response.end(JSON.stringify({ services })))
    const trabis = await startWhois((line, socket) => socket.end(TRABIS_FULL.replace('firma.com.tr', line)))
    running.push(rdap, list, trabis)
    const lookUp = await start({ listUrl: list.url, trabis })
    expect(await lookUp('firma.net.tr')).toMatchObject({ state: 'present', value: { source: 'trabis' } })
    expect(trabis.asked).toEqual(['firma.net.tr'])
    await expect.poll(() => list.asked).toHaveLength(1)
  })

  it('fail at once without a network', async () => {
    const trabis = { host: '127.0.0.1', port: CLOSED_PORT }
    const tookMs: number[] = []
    for (let round = 0; round < 3; round += 1) {
      const lookUp = await start({ listUrl: `http://127.0.0.1:${trabis.port}/`, trabis })
      const startedMs = performance.now()
      expect(await lookUp('firma.net.tr')).toMatchObject({ state: 'unknown', rcode: 'REFUSED' })
      expect(await lookUp('firma.net')).toMatchObject({ state: 'unknown', rcode: 'UNREACHABLE' })
      expect(await lookUp('firma.gr')).toMatchObject({ state: 'unknown', rcode: 'UNREACHABLE' })
      tookMs.push(performance.now() - startedMs)
      for (const own of ['hunter-demo-kimya.com.tr', 'hunter-demo-ajans.com']) {
        expect(await lookUp(own)).toMatchObject({ state: 'present' })
      }
    }
    // the fastest of them: a timeout would delay every one, a busy machine only some
    expect(Math.min(...tookMs)).toBeLessThan(3 * 300)
  })
})
