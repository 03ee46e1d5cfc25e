/**
 * Owns the local DNS server: it answers for the bundled zone, so that the product works without a network, and forwards
 * every other question to the system's resolvers.
 */
import { getServers } from 'node:dns'
import { readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { createTCPServer, createUDPServer, type DnsHandler, Packet } from 'dns2'
import { getErrorMessage } from '#platform/errors'
import { forward } from '#emulators/dns/forward'
import { HOST, listenOnOnePort } from '#emulators/dns/listen'
import {
  answerFromZone,
  indexZone,
  parseZone,
  type Zone,
  type ZoneAnswer,
  type ZoneFile,
  type ZoneRecord,
} from '#emulators/dns/zone'

export interface DnsServerOptions {
  /** Defaults to the bundled zone. */
  zone?: ZoneFile
  /** Resolvers for other names, as `address` or `address:port`; the system's by default, none when empty. */
  forwardTo?: readonly string[]
  /** UDP and TCP port on 127.0.0.1; any free one by default. */
  port?: number
}

export interface DnsServer {
  /** `127.0.0.1:port` */
  address: string
  close(): Promise<void>
}

/** Shorter than a scan's limit for one query, so that a silent resolver leads to SERVFAIL and not to a timeout. */
const FORWARD_TIMEOUT_MS = 1_500
const TTL_SECONDS = 60

/** @throws AppError PART_FAILED when the port is taken or the zone cannot be read. */
export async function startDnsServer(options: DnsServerOptions = {}): Promise<DnsServer> {
  const zone = indexZone(options.zone ?? (await readDemoZone()))
  const upstreams = (options.forwardTo ?? getServers()).slice(0, 2)
  const answer: DnsHandler = (request, send, client) => {
    const viaTcp = client instanceof Socket
    // A client that has left does not wait for its answer.
    void respond({ zone, upstreams }, request, viaTcp)
      .then(send)
      .catch(() => undefined)
  }
  const servers = { udp: createUDPServer(answer), tcp: createTCPServer(answer) }
  const listening = await listenOnOnePort(servers, options.port ?? 0)
  return { address: `${HOST}:${listening.port}`, close: () => listening.close() }
}

export async function readDemoZone(): Promise<ZoneFile> {
  return parseZone(await readFile(new URL('demo-zone.json', import.meta.url), 'utf8'))
}

interface Sources {
  zone: Zone
  upstreams: readonly string[]
}

async function respond({ zone, upstreams }: Sources, request: Packet, viaTcp: boolean): Promise<Packet | Buffer> {
  const question = request.questions[0]
  if (!question) return failure(request, 'FORMERR', 'no question')
  const type = Packet.TYPE_NAME[question.type] ?? ''
  const own = answerFromZone(zone, question.name.toLowerCase(), type)
  if (own) return withRecords(request, own)
  if (upstreams.length === 0) return failure(request, 'SERVFAIL', 'no resolver to pass the question to')
  try {
    const bytes = request.toBuffer()
    const answer = await forward({ upstreams, timeoutMs: FORWARD_TIMEOUT_MS }, { bytes, viaTcp })
    return answer ?? failure(request, 'SERVFAIL', 'no resolver answered')
  } catch (error) {
    return failure(request, 'SERVFAIL', getErrorMessage(error))
  }
}

function withRecords(request: Packet, { rcode, records }: ZoneAnswer): Packet {
  const response = Packet.createResponseFromRequest(request)
  response.header.aa = 1
  response.header.rcode = Packet.RCODE[rcode]
  response.answers = records.map(toResource)
  return response
}

function toResource(record: ZoneRecord) {
  const base = { name: record.name, class: Packet.CLASS.IN, ttl: TTL_SECONDS, type: Packet.TYPE[record.type] }
  return Object.assign(new Packet.Resource(), base, toData(record))
}

function toData(record: ZoneRecord): object {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return { address: record.address }
    case 'CNAME':
      return { domain: record.host }
    case 'NS':
      return { ns: record.host }
    case 'MX':
      return { priority: record.preference, exchange: record.host }
    case 'SRV':
      return { priority: record.priority, weight: record.weight, port: record.port, target: record.host }
    default:
      return { data: inStrings(record.text) }
  }
}

/** One string of a TXT record holds at most 255 octets (RFC 1035 section 3.3). */
function inStrings(text: string): string[] {
  return text.match(/.{1,255}/gs) ?? ['']
}

function failure(request: Packet, rcode: 'FORMERR' | 'SERVFAIL', why: string): Packet {
  const explained = { infoCode: Packet.EDE.OTHER, extraText: why }
  return Packet.createErrorResponseFromRequest(request, Packet.RCODE[rcode], explained)
}
