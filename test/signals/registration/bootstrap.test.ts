import { beforeEach, describe, expect, it } from 'vitest'
import { type Bootstrap, createBootstrap } from '#signals/registration/bootstrap'
import type { HttpAnswer, HttpQuestion } from '#signals/registration/http-get'
import type { RegistryCache } from '#signals/registration/registry-cache'
import { RegistryProblem } from '#signals/registration/problem'
import { TestClock } from '../../support/test-clock.ts'

const LIST = {
  version: '1.0',
  publication: '2026-11-20T00:00:00Z',
  services: [
    [
      ['com', 'NET'],
      ['http://rdap.verisign.test/com/v1', 'https://rdap.verisign.test/com/v1'],
    ],
    [['org'], ['https://rdap.pir.test/']],
    [['city.kawasaki.jp'], ['https://kawasaki.test/']],
    [['jp'], ['https://jp.test/']],
  ],
}
const HOUR = 3_600_000
const forever = new AbortController().signal

let clock: TestClock
let asked: HttpQuestion[]
let answer: () => HttpAnswer
let stored: Map<string, unknown>
let cache: RegistryCache

beforeEach(() => {
  clock = new TestClock()
  asked = []
  stored = new Map()
  cache = { read: async (name) => stored.get(name), write: async (name, value) => void stored.set(name, value) }
  answer = () => listAnswer({ 'cache-control': 'public, max-age=7200', etag: '"one"' })
})

function listAnswer(headers: HttpAnswer['headers'] = {}, list: unknown = LIST): HttpAnswer {
  return { status: 200, headers, body: Buffer.from(JSON.stringify(list)) }
}

function fails(): never {
  throw new RegistryProblem('UNREACHABLE', 'no server')
}

function create(): Bootstrap {
  const get = async (question: HttpQuestion) => {
    asked.push(question)
    return answer()
  }
  return createBootstrap({ url: 'https://list.test/dns.json', get, cache, clock })
}

describe('the list of RDAP servers', () => {
  it('names a domain’s servers, HTTPS first and ending in a slash', async () => {
    const bootstrap = create()
    const verisign = ['https://rdap.verisign.test/com/v1/', 'http://rdap.verisign.test/com/v1/']
    expect(await bootstrap.findServers('firma.com', forever)).toEqual(verisign)
    expect(await bootstrap.findServers('firma.net', forever)).toEqual(verisign)
    expect(await bootstrap.findServers('firma.org', forever)).toEqual(['https://rdap.pir.test/'])
  })

  it('knows nothing of other names, those that every object has included', async () => {
    const bootstrap = create()
    for (const domain of ['firma.de', 'firma.constructor', 'firma.__proto__', 'com.de']) {
      expect(await bootstrap.findServers(domain, forever)).toEqual([])
    }
  })

  it('prefers the longest name that matches whole labels', async () => {
    const bootstrap = create()
    expect(await bootstrap.findServers('x.city.kawasaki.jp', forever)).toEqual(['https://kawasaki.test/'])
    expect(await bootstrap.findServers('xcity.kawasaki.jp', forever)).toEqual(['https://jp.test/'])
  })

  it('is fetched once for all scans that need it at the same time, and again when its TTL ends', async () => {
    const bootstrap = create()
    await Promise.all(['a.com', 'b.org', 'c.de'].map((domain) => bootstrap.findServers(domain, forever)))
    clock.advanceMs(2 * HOUR - 1)
    await bootstrap.findServers('firma.com', forever)
    expect(asked).toHaveLength(1)
    clock.advanceMs(1)
    await bootstrap.findServers('firma.com', forever)
    expect(asked).toHaveLength(2)
  })

  it('is renewed by its ETag', async () => {
    const bootstrap = create()
    await bootstrap.findServers('firma.com', forever)
    answer = () => ({ status: 304, headers: { 'cache-control': 'max-age=7200' }, body: Buffer.alloc(0) })
    clock.advanceMs(3 * HOUR)
    expect(await bootstrap.findServers('firma.org', forever)).toEqual(['https://rdap.pir.test/'])
    expect(asked[1]?.headers).toEqual({ 'if-none-match': '"one"' })
    clock.advanceMs(HOUR)
    await bootstrap.findServers('firma.org', forever)
    expect(asked).toHaveLength(2)
  })

  it('lives as long as Expires says, a day without Expires, and never less than a minute', async () => {
    const date = 'Fri, 20 Nov 2026 00:00:00 GMT'
    for (const [headers, lifeMs] of [
      [{ date, expires: 'Fri, 20 Nov 2026 05:00:00 GMT' }, 5 * HOUR],
      [{}, 24 * HOUR],
      [{ 'cache-control': 'no-cache, max-age=0' }, 60_000],
      [{ 'cache-control': 'max-age=999999999' }, 7 * 24 * HOUR],
    ] as const) {
      asked = []
      stored.clear()
      answer = () => listAnswer(headers)
      const bootstrap = create()
      await bootstrap.findServers('firma.com', forever)
      clock.advanceMs(lifeMs - 1)
      await bootstrap.findServers('firma.com', forever)
      expect(asked).toHaveLength(1)
      clock.advanceMs(1)
      await bootstrap.findServers('firma.com', forever)
      expect(asked).toHaveLength(2)
    }
  })

  it('is shared with the next process', async () => {
    await create().findServers('firma.com', forever)
    expect(await create().findServers('firma.org', forever)).toEqual(['https://rdap.pir.test/'])
    expect(asked).toHaveLength(1)
    for (const name of stored.keys()) stored.set(name, { rubbish: true })
    await create().findServers('firma.org', forever)
    expect(asked).toHaveLength(2)
  })

  it('is not taken for another list that was stored', async () => {
    await create().findServers('firma.com', forever)
    const get = async () => listAnswer({}, { services: [[['com'], ['https://other.test/']]] })
    const other = createBootstrap({ url: 'https://other.test/dns.json', get, cache, clock })
    expect(await other.findServers('firma.com', forever)).toEqual(['https://other.test/'])
  })

  it('stays in use when it cannot be renewed, and is requested again a minute later', async () => {
    const bootstrap = create()
    await bootstrap.findServers('firma.com', forever)
    answer = fails
    clock.advanceMs(3 * HOUR)
    expect(await bootstrap.findServers('firma.org', forever)).toEqual(['https://rdap.pir.test/'])
    expect(await bootstrap.findServers('firma.org', forever)).toEqual(['https://rdap.pir.test/'])
    expect(asked).toHaveLength(2)
    clock.advanceMs(60_000)
    await bootstrap.findServers('firma.org', forever)
    expect(asked).toHaveLength(3)
  })

  it.each<[string, () => HttpAnswer]>([
    ['no server answers', fails],
    ['it is no JSON', () => ({ status: 200, headers: {}, body: Buffer.from('<html>') })],
    ['it has another shape', () => listAnswer({}, { services: [['com']] })],
    ['the server fails', () => ({ status: 503, headers: {}, body: Buffer.alloc(0) })],
  ])('is not requested again for a minute when %s', async (_, failing) => {
    answer = failing
    const bootstrap = create()
    await expect(bootstrap.findServers('firma.com', forever)).rejects.toBeInstanceOf(RegistryProblem)
    await expect(bootstrap.findServers('firma.com', forever)).rejects.toMatchObject({ rcode: 'UNREACHABLE' })
    expect(asked).toHaveLength(1)
    answer = listAnswer
    clock.advanceMs(60_000)
    expect(await bootstrap.findServers('firma.com', forever)).toHaveLength(2)
  })

  it('does not hold up a scan whose time is over', async () => {
    const get = () => new Promise<HttpAnswer>(() => undefined)
    const bootstrap = createBootstrap({ url: 'https://list.test/', get, cache, clock })
    const asking = bootstrap.findServers('firma.com', AbortSignal.timeout(20))
    await expect(asking).rejects.toMatchObject({ rcode: 'TIMEOUT' })
  })
})
