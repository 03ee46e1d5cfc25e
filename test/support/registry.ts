/** Registries on loopback for the tests: RDAP over HTTP and WHOIS over TCP, as odd as a test wants them. */
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'

export interface FakeServer {
  host: string
  port: number
  close(): Promise<void>
}

export interface FakeHttp extends FakeServer {
  url: string
  /** Paths that were asked for. */
  asked: string[]
  requests: IncomingMessage[]
}

export async function startHttp(answer: RequestListener, tls?: ServerOptions): Promise<FakeHttp> {
  const requests: IncomingMessage[] = []
  const listener: RequestListener = (request, response) => {
    requests.push(request)
    answer(request, response)
  }
  const server = tls ? createHttpsServer(tls, listener) : createHttpServer(listener)
  const place = await listen(server)
  return {
    ...place,
    url: `${tls ? 'https' : 'http'}://${place.host}:${place.port}/`,
    requests,
    get asked() {
      return requests.map(({ url }) => url ?? '')
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

export interface FakeWhois extends FakeServer {
  /** Lines that were asked. */
  asked: string[]
}

export async function startWhois(answer: (line: string, socket: Socket) => void): Promise<FakeWhois> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', (data) => {
      const line = data.toString().trim()
      asked.push(line)
      answer(line, socket)
    })
  })
  const place = await listen(server)
  return {
    ...place,
    asked,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** A port without a listener. A free port may be assigned to another process at any time; this one never is. */
export const CLOSED_PORT = 2

async function listen(server: Server | TcpServer): Promise<{ host: string; port: number }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo
  return { host: address, port }
}

/** A domain object as large registries answer it, with invented contents. */
export function rdapDomain(domain: string): Record<string, unknown> {
  const card = [
    ['version', {}, 'text', '4.0'],
    ['fn', {}, 'text', 'Example Registrar, Inc.'],
  ]
  return {
    objectClassName: 'domain',
    handle: '0_DOMAIN_COM-VRSN',
    ldhName: domain.toUpperCase(),
    status: ['client transfer prohibited', 'active'],
    entities: [
      { objectClassName: 'entity', roles: ['abuse'], vcardArray: ['vcard', [['fn', {}, 'text', 'Abuse desk']]] },
      { objectClassName: 'entity', handle: '0', roles: ['registrar'], vcardArray: ['vcard', card] },
    ],
    events: [
      { eventAction: 'registration', eventDate: '1995-08-14T04:00:00Z' },
      { eventAction: 'expiration', eventDate: '2027-08-13T04:00:00Z' },
      { eventAction: 'last update of RDAP database', eventDate: '2026-11-20T00:00:00Z' },
    ],
    nameservers: ['a', 'b'].map((name) => ({
      objectClassName: 'nameserver',
      ldhName: `${name}.ns.${domain}`.toUpperCase(),
    })),
    secureDNS: { delegationSigned: false },
    rdapConformance: ['rdap_level_0'],
  }
}
