/** Real DNS servers on loopback for the tests: one that answers from a zone, one that never says a word. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type DnsServer, startDnsServer } from '#local/dns'
import type { ZoneFile } from '#local/dns-zone'
import type { Answer, Dns } from '#signals/dns'

/** Everything outside `domains` is SERVFAIL. */
export function startZone(domains: ZoneFile['domains']): Promise<DnsServer> {
  return startDnsServer({ zone: { note: 'test', date: '2026-11-20', domains }, forwardTo: [] })
}

export interface OddServer extends DnsServer {
  /** Datagrams that came. */
  questions(): number
}

/** Takes questions and answers each with `reply`, or never. */
export async function startOddServer(reply?: (question: Buffer) => Buffer): Promise<OddServer> {
  const socket = createSocket('udp4')
  let questions = 0
  socket.on('message', (question, { port, address }) => {
    questions += 1
    if (reply) socket.send(reply(question), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const close = async (): Promise<void> => {
    socket.close()
    await once(socket, 'close')
  }
  return { address: `127.0.0.1:${socket.address().port}`, questions: () => questions, close }
}

/** TXT records without a network: a name that is not listed is NXDOMAIN, `SERVFAIL` fails, `[]` is NODATA. */
export function dnsOf(names: Record<string, string[] | 'SERVFAIL'>): Dns {
  const seen = { resolver: '192.0.2.53', at: '2026-11-20T00:00:00.000Z' }
  async function txt(name: string): Promise<Answer<string>> {
    const records = names[name]
    if (records === undefined) return { rcode: 'NXDOMAIN', records: [], ...seen }
    if (records === 'SERVFAIL') return { rcode: 'SERVFAIL', records: [], ...seen }
    return { rcode: records.length > 0 ? 'NOERROR' : 'NODATA', records, ...seen }
  }
  return { txt, mx: async () => ({ rcode: 'NODATA', records: [], ...seen }) }
}
