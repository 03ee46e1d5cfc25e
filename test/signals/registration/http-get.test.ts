import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpGet } from '#signals/registration/http-get'
import type { Network } from '#signals/registration/network'
import { LOOPBACK_TLS } from '../../support/loopback-tls.ts'
import { CLOSED_PORT, type FakeServer, startHttp } from '../../support/registry.ts'

/** Longer than any test may take: what waits for it fails. */
const HOUR_MS = 3_600_000
const running: FakeServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

async function serve(answer: RequestListener, tls?: typeof LOOPBACK_TLS) {
  const server = await startHttp(answer, tls)
  running.push(server)
  return server
}

/** Hosts by name; only the servers that are given may be spoken to without TLS and on loopback. */
function networkOf(trusted: { host: string; port: number }[], hosts: Record<string, string[]> = {}): Network {
  return {
    resolve: async (host) => hosts[host] ?? [],
    isTrusted: ({ host, port }) => trusted.some((place) => place.host === host && place.port === port),
  }
}

interface Limits {
  timeoutMs?: number
  bytesMax?: number
  connectTimeoutMs?: number
  ca?: string
  until?: AbortSignal
}

function get(network: Network, url: string, limits: Limits = {}) {
  const { timeoutMs = 3_000, bytesMax = 1_000, connectTimeoutMs = 1_000, ca, until } = limits
  const ask = createHttpGet({ network, connectTimeoutMs, ...(ca && { ca }) })
  return ask({ url, timeoutMs, bytesMax, until: until ?? new AbortController().signal })
}

const ok = (_: IncomingMessage, response: ServerResponse) => response.end('hello')
const redirectTo = (location: string) => (_: IncomingMessage, response: ServerResponse) =>
  response.writeHead(302, { location }).end()

describe('a GET', () => {
  it('gives status, headers and body', async () => {
    const server = await serve((_, response) => response.writeHead(418, { etag: '"a"' }).end('hello'))
    const answer = await get(networkOf([server]), server.url)
    expect(answer).toMatchObject({ status: 418, headers: { etag: '"a"' } })
    expect(answer.body.toString()).toBe('hello')
  })

  it('goes to the address that was checked, with the name in TLS and in the request', async () => {
    const server = await serve(ok, LOOPBACK_TLS)
    const place = { host: 'registry.test', port: server.port }
    const network = networkOf([place], { 'registry.test': ['127.0.0.1'] })
    const url = `https://registry.test:${server.port}/`
    const answer = await get(network, url, { ca: LOOPBACK_TLS.cert })
    expect(answer.status).toBe(200)
    expect(server.requests[0]?.headers.host).toBe(`registry.test:${server.port}`)
  })

  it('trusts no self-signed certificate, and none for another name', async () => {
    const server = await serve(ok, LOOPBACK_TLS)
    const hosts = { 'registry.test': ['127.0.0.1'], 'other.test': ['127.0.0.1'] }
    const network = networkOf(
      [
        { host: 'registry.test', port: server.port },
        { host: 'other.test', port: server.port },
      ],
      hosts,
    )
    const refused = { rcode: 'UNREACHABLE' }
    await expect(get(network, `https://registry.test:${server.port}/`)).rejects.toMatchObject(refused)
    const other = get(network, `https://other.test:${server.port}/`, { ca: LOOPBACK_TLS.cert })
    await expect(other).rejects.toMatchObject(refused)
    expect(server.asked).toEqual([])
  })

  it('follows redirects, three at most', async () => {
    const server = await serve((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('there')
      else response.writeHead(301, { location: `/${left - 1}` }).end()
    })
    const answer = await get(networkOf([server]), `${server.url}3`)
    expect(answer.body.toString()).toBe('there')
    await expect(get(networkOf([server]), `${server.url}4`)).rejects.toMatchObject({ rcode: 'UNREADABLE' })
  })

  it('gives up on a redirect loop', async () => {
    const server = await serve(redirectTo('/again'))
    await expect(get(networkOf([server]), server.url)).rejects.toMatchObject({ rcode: 'UNREADABLE' })
    expect(server.asked).toHaveLength(4)
  })

  it('does not follow a redirect to plain HTTP, to another scheme or to nowhere', async () => {
    const target = await serve(ok)
    for (const [location, rcode] of [
      [target.url, 'REFUSED'],
      ['ftp://registry.test/', 'REFUSED'],
      ['file:///etc/passwd', 'REFUSED'],
      ['http://', 'UNREADABLE'],
    ] as const) {
      const server = await serve(redirectTo(location))
      await expect(get(networkOf([server]), server.url)).rejects.toMatchObject({ rcode })
    }
    expect(target.asked).toEqual([])
  })

  it.each([
    ['a name for loopback', 'https://inside.test:PORT/'],
    ['an address', 'https://127.0.0.1:PORT/'],
    ['an address written as one number', 'https://2130706433:PORT/'],
    ['an IPv6 address', 'https://[::1]:PORT/'],
    ['an IPv4 address in IPv6', 'https://[::ffff:127.0.0.1]:PORT/'],
    ['the address of cloud metadata', 'https://169.254.169.254/latest/meta-data/'],
    ['a private network', 'https://10.0.0.1/'],
  ])('does not go to %s that a redirect names', async (_, location) => {
    const inside = await serve(ok, LOOPBACK_TLS)
    const server = await serve(redirectTo(location.replace('PORT', String(inside.port))))
    const network = networkOf([server], { 'inside.test': ['127.0.0.1', '::1', '10.0.0.1'] })
    await expect(get(network, server.url)).rejects.toMatchObject({ rcode: 'REFUSED' })
    expect(inside.asked).toEqual([])
  })

  it('is unreachable where a name has no address', async () => {
    await expect(get(networkOf([]), 'https://nowhere.test/')).rejects.toMatchObject({ rcode: 'UNREACHABLE' })
  })

  it('is unreachable at once when nothing listens', async () => {
    const place = { host: '127.0.0.1', port: CLOSED_PORT }
    const url = `http://127.0.0.1:${place.port}/`
    const asking = get(networkOf([place]), url, { connectTimeoutMs: HOUR_MS, timeoutMs: HOUR_MS })
    await expect(asking).rejects.toMatchObject({ rcode: 'UNREACHABLE' })
  })

  it('ends in time when the server hangs, or drips', async () => {
    const hanging = await serve(() => undefined)
    const dripping = await serve((_, response) => {
      const timer = setInterval(() => response.write('.'), 10)
      response.on('close', () => clearInterval(timer))
    })
    for (const server of [hanging, dripping]) {
      const asking = get(networkOf([server]), server.url, { timeoutMs: 150, connectTimeoutMs: HOUR_MS })
      await expect(asking).rejects.toMatchObject({ rcode: 'TIMEOUT' })
    }
  })

  it('ends with the scan’s budget', async () => {
    const scan = new AbortController()
    const server = await serve(() => scan.abort())
    const asking = get(networkOf([server]), server.url, { until: scan.signal })
    await expect(asking).rejects.toMatchObject({ rcode: 'TIMEOUT' })
    const spent = get(networkOf([server]), server.url, { until: AbortSignal.abort() })
    await expect(spent).rejects.toMatchObject({ rcode: 'TIMEOUT' })
    expect(server.asked).toHaveLength(1)
  })

  it('stops reading a body that is too large', async () => {
    const server = await serve((_, response) => {
      const write = () => void response.write('x'.repeat(64 * 1024), write)
      write()
    })
    const asking = get(networkOf([server]), server.url, { bytesMax: 256 * 1024 })
    await expect(asking).rejects.toMatchObject({ rcode: 'UNREADABLE' })
  })

  it('does not read what is no HTTP, nor half an answer', async () => {
    const server = await serve((_, response) => response.socket?.end('SMTP 220 hello\r\n\r\n'))
    await expect(get(networkOf([server]), server.url)).rejects.toMatchObject({ rcode: 'UNREADABLE' })
    const half = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy())
    })
    await expect(get(networkOf([half]), half.url)).rejects.toMatchObject({ rcode: 'UNREACHABLE' })
  })
})
