import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Domain } from '#signals/normalise'
import { createBootstrap } from '#signals/registration/bootstrap'
import { createHttpGet } from '#signals/registration/http-get'
import { NO_CACHE } from '#signals/registration/registry-cache'
import { lookUpRegistration, type RegistrationDeps } from '#signals/registration/look-up'
import type { Network } from '#signals/registration/network'
import { RegistryProblem } from '#signals/registration/problem'
import { createQuarantine } from '#signals/registration/quarantine'
import { type AskWhois, createAskWhois } from '#signals/registration/whois-query'
import { createWhoisServers } from '#signals/registration/whois-servers'
import {
  CLOSED_PORT,
  type FakeHttp,
  type FakeServer,
  type FakeWhois,
  rdapDomain,
  startHttp,
  startWhois,
} from '../../support/registry.ts'
import { TestClock } from '../../support/test-clock.ts'
import { NOMINET, TRABIS_FACTS, TRABIS_FULL } from '../../support/whois-texts.ts'

const AT = '2026-11-20T10:00:00.000Z'
/** Longer than any test may take. */
const HOUR_MS = 3_600_000
const RATE_LIMIT_TEXT = '% You exceeded the maximum number of queries for today'

let clock: TestClock
let rdap: FakeHttp
let trabis: FakeWhois
let whois: FakeWhois
let iana: FakeWhois
let answerRdap: RequestListener
let answerWhois: (line: string, socket: Socket) => void
let acquired: string[]
let deps: RegistrationDeps
const running: FakeServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

beforeEach(async () => {
  clock = new TestClock(AT)
  acquired = []
  answerRdap = (request, response) => json(response, rdapDomain(request.url?.split('/').at(-1) ?? ''))
  answerWhois = (_, socket) => socket.end(NOMINET)
  rdap = await startHttp((request, response) => {
    if (request.url === '/dns.json') json(response, { services: [[['com'], [`${rdap.url}rdap`]]] })
    else answerRdap(request, response)
  })
  whois = await startWhois((line, socket) => answerWhois(line, socket))
  trabis = await startWhois((line, socket) => answerWhois(line, socket))
  iana = await startWhois((line, socket) => socket.end(referrals[line] ?? 'status: ACTIVE\n'))
  running.push(rdap, whois, trabis, iana)
  deps = depsWith()
})

const referrals: Record<string, string> = {
  uk: '% IANA WHOIS server\n\ndomain:       UK\nwhois:        whois.uk.test\nstatus:       ACTIVE\n',
  evil: 'whois: 169.254.169.254\n',
  inside: 'refer: whois.inside.test\n',
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/rdap+json').end(JSON.stringify(value))
}

function depsWith(changes: Partial<RegistrationDeps> = {}): RegistrationDeps {
  const trusted: FakeServer[] = [rdap, trabis, iana, whois]
  const network: Network = {
    resolve: async (host) => (host.endsWith('.test') ? ['127.0.0.1'] : []),
    isTrusted: ({ host, port }) => trusted.some((place) => place.host === host && place.port === port),
  }
  const get = createHttpGet({ network, connectTimeoutMs: HOUR_MS })
  const askReal = createAskWhois({ network, connectTimeoutMs: HOUR_MS })
  // Referrals name port 43, which no test may open.
  const askWhois: AskWhois = (question) => {
    const server = question.server.host === 'whois.uk.test' ? whois : question.server
    return askReal({ ...question, server })
  }
  const quarantine = createQuarantine(clock)
  return {
    bootstrap: createBootstrap({ url: `${rdap.url}dns.json`, get, cache: NO_CACHE, clock }),
    whoisServers: createWhoisServers({ askWhois, iana, quarantine, cache: NO_CACHE, clock }),
    trabis,
    get,
    askWhois,
    pacer: {
      acquire: async (registry) => {
        acquired.push(registry)
        return true
      },
    },
    quarantine,
    clock,
    ...changes,
  }
}

const anywhere: Network = { resolve: async () => [], isTrusted: () => true }

function lookUp(domain: string, until: AbortSignal = new AbortController().signal) {
  return lookUpRegistration(deps, domain as Domain, until)
}

const rdapHost = () => `127.0.0.1:${rdap.port}`
const trabisHost = () => `127.0.0.1:${trabis.port}`

describe('registration by RDAP', () => {
  it('is asked of the server that the list names', async () => {
    expect(await lookUp('firma.com')).toEqual({
      state: 'present',
      rcode: 'NOERROR',
      resolver: rdapHost(),
      at: AT,
      records: [
        'registrar: Example Registrar, Inc.',
        'created: 1995-08-14T04:00:00Z',
        'expires: 2027-08-13T04:00:00Z',
        'name servers: a.ns.firma.com b.ns.firma.com',
        'status: clientTransferProhibited active',
      ],
      value: {
        registrar: 'Example Registrar, Inc.',
        createdAt: '1995-08-14T04:00:00Z',
        expiresAt: '2027-08-13T04:00:00Z',
        nameServers: ['a.ns.firma.com', 'b.ns.firma.com'],
        statuses: ['clientTransferProhibited', 'active'],
        source: 'rdap',
        registry: rdapHost(),
      },
    })
    expect(rdap.asked).toEqual(['/dns.json', '/rdap/domain/firma.com'])
    expect(acquired).toEqual([rdapHost()])
  })

  it('is absent where the registry knows no such domain', async () => {
    answerRdap = (_, response) => response.writeHead(404).end()
    expect(await lookUp('firma.com')).toMatchObject({ state: 'absent', rcode: 'NXDOMAIN', resolver: rdapHost() })
  })

  it.each<[string, string, RequestListener]>([
    ['the server fails', 'SERVFAIL', (_, response) => response.writeHead(500).end('sorry')],
    ['the server refuses', 'REFUSED', (_, response) => response.writeHead(403).end()],
    ['the answer is no JSON', 'UNREADABLE', (_, response) => response.end('<html>')],
    ['the answer is empty', 'UNREADABLE', (_, response) => response.end()],
    ['the answer has another shape', 'UNREADABLE', (_, response) => json(response, ['firma.com'])],
    ['the answer is another domain’s', 'UNREADABLE', (_, response) => json(response, rdapDomain('other.com'))],
    ['the answer is too large', 'UNREADABLE', (_, response) => json(response, 'x'.repeat(257 * 1024))],
    [
      'it is sent round in circles',
      'UNREADABLE',
      (_, response) => response.writeHead(302, { location: '/rdap' }).end(),
    ],
    [
      'it is sent to plain HTTP',
      'REFUSED',
      (_, response) => response.writeHead(302, { location: 'http://a.test' }).end(),
    ],
    ['it is sent inside', 'REFUSED', (_, response) => response.writeHead(302, { location: 'https://a.test' }).end()],
    ['the connection breaks', 'UNREACHABLE', (_, response) => response.destroy()],
  ])('is unknown when %s: %s', async (_, rcode, answer) => {
    answerRdap = answer
    expect(await lookUp('firma.com')).toEqual({ state: 'unknown', rcode, records: [], resolver: rdapHost(), at: AT })
  })

  it('leaves a registry alone for as long as it asks for', async () => {
    answerRdap = (_, response) => response.writeHead(429, { 'retry-after': '120' }).end()
    expect(await lookUp('firma.com')).toMatchObject({ state: 'unknown', rcode: 'RATE_LIMITED' })
    clock.advanceMs(119_999)
    expect(await lookUp('other.com')).toMatchObject({ state: 'unknown', rcode: 'RATE_LIMITED' })
    expect(rdap.asked).toHaveLength(2)
    answerRdap = (_, response) => response.writeHead(404).end()
    clock.advanceMs(1)
    expect(await lookUp('other.com')).toMatchObject({ state: 'absent' })
  })

  it('reads Retry-After as a date too', async () => {
    answerRdap = (_, response) => response.writeHead(429, { 'retry-after': 'Fri, 20 Nov 2026 10:02:00 GMT' }).end()
    await lookUp('firma.com')
    clock.advanceMs(119_999)
    await lookUp('firma.com')
    expect(rdap.asked).toHaveLength(2)
    clock.advanceMs(1)
    await lookUp('firma.com')
    expect(rdap.asked).toHaveLength(3)
  })

  it('leaves a registry alone for a minute after three answers that did not come in time', async () => {
    let asked = 0
    const get = async () => {
      asked += 1
      throw new RegistryProblem('TIMEOUT', 'no answer in time')
    }
    deps = { ...deps, get }
    for (let tries = 0; tries < 4; tries += 1) {
      expect(await lookUp('firma.com')).toMatchObject({ state: 'unknown', rcode: 'TIMEOUT' })
    }
    expect(asked).toBe(3)
    clock.advanceMs(60_000)
    await lookUp('firma.com')
    expect(asked).toBe(4)
  })

  it('does not blame the registry when the scan’s time is over', async () => {
    for (let tries = 0; tries < 4; tries += 1) {
      const scan = new AbortController()
      answerRdap = () => scan.abort()
      expect(await lookUp('firma.com', scan.signal)).toMatchObject({ state: 'unknown', rcode: 'TIMEOUT' })
    }
    expect(rdap.asked.filter((path) => path.includes('firma'))).toHaveLength(4)
  })

  it('is unknown when its turn does not come, and the registry is not blamed for it', async () => {
    deps = depsWith({ pacer: { acquire: async () => false } })
    expect(await lookUp('firma.com')).toMatchObject({ state: 'unknown', rcode: 'RATE_LIMITED' })
    deps = { ...deps, pacer: { acquire: async () => true } }
    expect(await lookUp('firma.com')).toMatchObject({ state: 'present' })
  })
})

describe('a 404 where RDAP is expected', () => {
  it.each<[string, string, string]>([
    ['a page', 'text/html', '<!doctype html><h1>Not Found</h1>'],
    ['an empty page', 'text/html', ''],
    ['a line of text', 'text/plain', '404 page not found'],
    ['JSON of a gateway', 'application/json', '{"message":"Not Found"}'],
  ])('proves nothing when it is %s of a web server', async (_, type, body) => {
    answerRdap = (_, response) => response.writeHead(404, { 'content-type': type }).end(body)
    expect(await lookUp('firma.com')).toMatchObject({ state: 'unknown', rcode: 'UNREADABLE' })
  })

  it.each<[string, string, string]>([
    ['without a body', 'application/rdap+json', ''],
    ['with an error of its own', 'application/json', '{"errorCode":404,"title":"Not Found"}'],
    ['with its conformance', 'application/json; charset=utf-8', '{"rdapConformance":["rdap_level_0"]}'],
  ])('tells that there is no such domain when it comes from the registry %s', async (_, type, body) => {
    answerRdap = (_, response) => response.writeHead(404, { 'content-type': type }).end(body)
    expect(await lookUp('firma.com')).toMatchObject({ state: 'absent', rcode: 'NXDOMAIN' })
  })
})

it('asks no registry about a name below a private suffix: only its owner knows', async () => {
  for (const domain of ['firma.uk.com', 'firma.github.io']) {
    expect(await lookUp(domain)).toMatchObject({ state: 'unknown', rcode: 'NO_SERVER', resolver: null })
  }
  expect(rdap.asked).toEqual([])
})

describe('registration by TRABİS', () => {
  it('is how every .tr domain is asked for', async () => {
    answerWhois = (_, socket) => socket.end(TRABIS_FULL)
    expect(await lookUp('firma.com.tr')).toMatchObject({
      state: 'present',
      resolver: trabisHost(),
      value: { ...TRABIS_FACTS, source: 'trabis', registry: trabisHost() },
    })
    expect(trabis.asked).toEqual(['firma.com.tr'])
    expect(rdap.asked).toEqual([])
  })

  it('is absent where there is no such domain', async () => {
    answerWhois = (_, socket) => socket.end('No match found for firma.com.tr')
    expect(await lookUp('firma.com.tr')).toMatchObject({ state: 'absent', rcode: 'NXDOMAIN' })
  })

  it.each<[string, string, (line: string, socket: Socket) => void]>([
    ['too many have asked', 'RATE_LIMITED', (_, socket) => socket.end(RATE_LIMIT_TEXT)],
    ['access is denied', 'REFUSED', (_, socket) => socket.end('Access denied')],
    ['the server hangs up', 'REFUSED', (_, socket) => socket.end()],
    ['the text is something else', 'UNREADABLE', (_, socket) => socket.end('Hoş geldiniz')],
    ['the text is another domain’s', 'UNREADABLE', (_, socket) => socket.end(TRABIS_FULL.replace('firma', 'baska'))],
    ['the text does not end', 'UNREADABLE', (_, socket) => socket.end('x'.repeat(65 * 1024))],
  ])('is unknown when %s: %s', async (_, rcode, answer) => {
    answerWhois = answer
    expect(await lookUp('firma.com.tr')).toMatchObject({ state: 'unknown', rcode, resolver: trabisHost() })
  })

  it('fails at once, and is not tried again for a minute, when nothing listens', async () => {
    let place = { host: '127.0.0.1', port: CLOSED_PORT }
    const ask = createAskWhois({ network: anywhere, connectTimeoutMs: HOUR_MS }) // waiting ends as TIMEOUT
    deps = depsWith({ trabis: { host: 'trabis.test', port: 43 }, askWhois: (each) => ask({ ...each, server: place }) })
    expect(await lookUp('firma.com.tr')).toMatchObject({ state: 'unknown', rcode: 'UNREACHABLE' })
    place = trabis
    expect(await lookUp('firma.com.tr')).toMatchObject({ state: 'unknown', rcode: 'UNREACHABLE' })
    expect(trabis.asked).toEqual([])
    clock.advanceMs(60_000)
    await lookUp('firma.com.tr')
    expect(trabis.asked).toEqual(['firma.com.tr'])
  })
})

describe('registration by WHOIS', () => {
  it('is asked of the server that IANA refers to, where the registry has no RDAP', async () => {
    expect(await lookUp('firma.co.uk')).toMatchObject({
      state: 'present',
      resolver: 'whois.uk.test',
      value: { registrar: 'Example Names Ltd t/a Example [Tag = EXAMPLE]', source: 'whois', registry: 'whois.uk.test' },
    })
    answerWhois = (_, socket) => socket.end('No match for "other.co.uk".')
    expect(await lookUp('other.co.uk')).toMatchObject({ state: 'absent' })
    expect(iana.asked).toEqual(['uk'])
    expect(whois.asked).toEqual(['firma.co.uk', 'other.co.uk'])
    expect(acquired).toEqual(['whois.uk.test', 'whois.uk.test'])
  })

  it('is unknown for good where the registry has neither RDAP nor WHOIS', async () => {
    expect(await lookUp('firma.gr')).toMatchObject({ state: 'unknown', rcode: 'NO_SERVER', resolver: null })
    expect(await lookUp('other.gr')).toMatchObject({ state: 'unknown', rcode: 'NO_SERVER' })
    expect(iana.asked).toEqual(['gr'])
  })

  it('does not go where a referral leads inside', async () => {
    expect(await lookUp('firma.inside')).toMatchObject({ state: 'unknown', rcode: 'REFUSED' })
    expect(await lookUp('firma.evil')).toMatchObject({ state: 'unknown', rcode: 'REFUSED' })
  })

  it('is unknown when IANA is unreachable, and not requested again for a minute', async () => {
    await iana.close()
    running.splice(running.indexOf(iana), 1)
    expect(await lookUp('firma.co.uk')).toMatchObject({ state: 'unknown', rcode: 'UNREACHABLE', resolver: null })
    expect(await lookUp('firma.co.uk')).toMatchObject({ state: 'unknown', rcode: 'UNREACHABLE' })
  })

  it('takes the place of RDAP while the list of RDAP servers cannot be had', async () => {
    const get = async () => ({ status: 503, headers: {}, body: Buffer.alloc(0) })
    deps = depsWith({ bootstrap: createBootstrap({ url: 'https://list.test/', get, cache: NO_CACHE, clock }) })
    expect(await lookUp('firma.co.uk')).toMatchObject({ state: 'present', value: { source: 'whois' } })
  })
})
