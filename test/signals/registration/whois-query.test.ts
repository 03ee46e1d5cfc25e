import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Network } from '#signals/registration/network'
import { createAskWhois } from '#signals/registration/whois-query'
import { CLOSED_PORT, type FakeServer, startWhois } from '../../support/registry.ts'

/** Longer than any test may take: what waits for it fails. */
const HOUR_MS = 3_600_000
const running: FakeServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

async function serve(answer: (line: string, socket: Socket) => void) {
  const server = await startWhois(answer)
  running.push(server)
  return server
}

const loopback: Network = { resolve: async () => ['127.0.0.1'], isTrusted: () => true }

function ask(server: { host: string; port: number }, { network = loopback, timeoutMs = HOUR_MS } = {}) {
  const question = { server, query: 'firma.com.tr', timeoutMs, until: new AbortController().signal }
  return createAskWhois({ network, connectTimeoutMs: HOUR_MS })(question)
}

describe('a WHOIS question', () => {
  it('is one line, and its answer all that came', async () => {
    const server = await serve((line, socket) => {
      socket.write('You asked ')
      socket.end(line)
    })
    expect((await ask(server)).toString()).toBe('You asked firma.com.tr')
  })

  it('reaches a server by its name', async () => {
    const server = await serve((_, socket) => socket.end('hello'))
    expect((await ask({ host: 'whois.test', port: server.port })).toString()).toBe('hello')
  })

  it('does not go to a name that leads inside', async () => {
    const server = await serve((_, socket) => socket.end('hello'))
    const network = { ...loopback, isTrusted: () => false }
    const place = { host: 'whois.test', port: server.port }
    await expect(ask(place, { network })).rejects.toMatchObject({ rcode: 'REFUSED' })
    await expect(ask(server, { network })).rejects.toMatchObject({ rcode: 'REFUSED' })
    expect(server.asked).toEqual([])
  })

  it('is unreachable at once when nothing listens, and when there is no address', async () => {
    const place = { host: '127.0.0.1', port: CLOSED_PORT }
    await expect(ask(place)).rejects.toMatchObject({ rcode: 'UNREACHABLE' })
    const network = { ...loopback, resolve: async () => [] }
    await expect(ask({ host: 'whois.test', port: 43 }, { network })).rejects.toMatchObject({ rcode: 'UNREACHABLE' })
  })

  it('ends in time when the server hangs, or drips', async () => {
    const hanging = await serve(() => undefined)
    const dripping = await serve((_, socket) => {
      const timer = setInterval(() => socket.write('.'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    for (const server of [hanging, dripping]) {
      await expect(ask(server, { timeoutMs: 150 })).rejects.toMatchObject({ rcode: 'TIMEOUT' })
    }
  })

  it('stops reading a text that is too large', async () => {
    const server = await serve((_, socket) => {
      const write = () => void (socket.destroyed || socket.write('x'.repeat(16 * 1024), write))
      write()
    })
    await expect(ask(server)).rejects.toMatchObject({ rcode: 'UNREADABLE' })
  })

  it('is refused by a server that hangs up without an answer, and unreachable if the connection breaks', async () => {
    await expect(ask(await serve((_, socket) => socket.end()))).rejects.toMatchObject({ rcode: 'REFUSED' })
    const broken = await serve((_, socket) => {
      socket.write('half', () => socket.resetAndDestroy())
    })
    await expect(ask(broken)).rejects.toMatchObject({ rcode: 'UNREACHABLE' })
  })
})
