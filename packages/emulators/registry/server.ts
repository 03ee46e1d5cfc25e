/**
 * Owns the local registries: RDAP and the WHOIS of `.tr` on 127.0.0.1 answer for the bundled zone, so that registration
 * data works without a network. Other names go to the public registries.
 */
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import type { Clock } from '#platform/clock'
import { readDemoZone } from '#emulators/dns/server'
import {
  formatRdap,
  formatTrabis,
  readDemoRegistrations,
  type RegistrationRecords,
} from '#emulators/registry/registrations'

export interface RegistryOptions {
  clock: Clock
  /** URL of the public list of RDAP servers, for other names; null: none. */
  listUrl?: string | null
  /** The public server of `.tr`, for other names; null: they are refused. */
  trabis?: { host: string; port: number } | null
}

export interface RegistryServer {
  /** URL of the list of RDAP servers. */
  bootstrapUrl: string
  /** `127.0.0.1:port` */
  trabisServer: string
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const LIST_URL = 'https://data.iana.org/rdap/dns.json'
const TRABIS = { host: 'whois.trabis.gov.tr', port: 43 }
const FORWARD_TIMEOUT_MS = 1_500

interface Registry {
  /** Names of the zone, with or without known registration. */
  names: string[]
  records: RegistrationRecords
}

/** @throws AppError PART_FAILED when the bundled data cannot be read. */
export async function startRegistry(options: RegistryOptions): Promise<RegistryServer> {
  const { clock, listUrl = LIST_URL, trabis = TRABIS } = options
  const zone = await readDemoZone()
  const registry = { names: Object.keys(zone.domains), records: await readDemoRegistrations(zone, clock.now()) }
  const publicList = listUrl === null ? noServices() : fetchServices(listUrl)
  const http = createHttpServer((request, response) => void serve(registry, publicList, request, response))
  const passOn = trabis && passOnTo(trabis, clock)
  const whois = createTcpServer((socket) => converse(registry, passOn, socket))
  const sockets = trackSockets(whois)
  const [httpPort, whoisPort] = await Promise.all([listen(http), listen(whois)])
  return {
    bootstrapUrl: `http://${HOST}:${httpPort}/dns.json`,
    trabisServer: `${HOST}:${whoisPort}`,
    close: async () => {
      http.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await Promise.all([http, whois].map((server) => close(server)))
    },
  }
}

/** Lists the zone's names one by one, which RFC 9224 prefers to the TLDs of the public list. */
async function serve(
  { names, records }: Registry,
  publicList: ServiceList,
  { url = '', headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('content-type', 'application/json')
  if (url === '/dns.json') {
    const own = [names.filter((name) => !name.endsWith('.tr')), [`http://${headers.host}/`]]
    response.setHeader('cache-control', `max-age=${publicList.isThere() ? 86_400 : 60}`)
    response.end(JSON.stringify({ version: '1.0', services: [own, ...publicList.services()] }))
    return
  }
  const record = records.get(/^\/domain\/(.+)$/.exec(url)?.[1] ?? '')
  // Reveals nothing about a real organisation's registration, not even that there is none.
  if (!record) response.writeHead(403).end('{"errorCode":403}')
  else response.end(JSON.stringify(formatRdap(record)))
}

interface ServiceList {
  isThere(): boolean
  services(): unknown[]
}

const noServices = (): ServiceList => ({ isThere: () => true, services: () => [] })

/** Fetches it in the background: the start does not wait for a network that may be missing. */
function fetchServices(url: string): ServiceList {
  let services: unknown[] | undefined
  void fetch(url, { signal: AbortSignal.timeout(10_000) })
    .then((response) => response.json())
    .then((list) => (services = (list as { services?: unknown[] }).services))
    .catch(() => undefined)
  return { isThere: () => services !== undefined, services: () => services ?? [] }
}

const REFUSAL = 'Access denied: this copy holds no such record, and the public registry does not answer\n'

function converse({ names, records }: Registry, passOn: PassOn | null, socket: Socket): void {
  socket.on('error', () => socket.destroy())
  socket.once('data', (line) => {
    const name = line.toString('latin1').trim().toLowerCase()
    const record = records.get(name)
    if (record) socket.end(formatTrabis(record))
    else if (names.includes(name) || !passOn) socket.end(REFUSAL)
    else passOn(socket, line)
  })
}

type PassOn = (socket: Socket, line: Buffer) => void

/** Tests a missing network once a minute, so that it delays no other answer. */
function passOnTo(server: typeof TRABIS, clock: Clock): PassOn {
  let refuseUntilMs = 0
  return (socket, line) => {
    if (clock.now().getTime() < refuseUntilMs) {
      socket.end(REFUSAL)
      return
    }
    const upstream = connect(server)
    const giveUp = () => {
      refuseUntilMs = clock.now().getTime() + 60_000
      upstream.destroy()
      socket.end(REFUSAL)
    }
    upstream.setTimeout(FORWARD_TIMEOUT_MS, giveUp).on('error', giveUp)
    socket.on('close', () => upstream.destroy())
    upstream.write(line)
    upstream.pipe(socket)
  }
}

function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  return sockets
}

async function listen(server: Server): Promise<number> {
  server.listen(0, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  await closed
}
