/** Real DNS servers on loopback for the tests: one that answers from a zone, one that never says a word. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type DnsServer, startDnsServer } from '#local/dns'
import type { ZoneFile } from '#local/dns-zone'
import type { Dns } from '#signals/dns'
import { namesAbove } from '#signals/dmarc-walk'
import { createFakeDns } from './fake-dns.ts'

/** Above `domains` no name has a DMARC record; everything else outside of them is SERVFAIL. */
export function startZone(domains: ZoneFile['domains']): Promise<DnsServer> {
  const missing = Object.keys(domains).flatMap((domain) => namesAbove(domain).map((above) => `_dmarc.${above}`))
  return startDnsServer({ zone: { note: 'test', date: '2026-11-20', domains, missing }, forwardTo: [] })
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

/**
 * TXT records without a network: a name that is not listed is NXDOMAIN, `SERVFAIL` fails, `[]` is NODATA. Listed names
 * have an address and a mail host too.
 */
export function dnsOf(names: Record<string, string[] | 'SERVFAIL'>): Dns {
  const fake = createFakeDns()
  for (const [name, records] of Object.entries(names)) {
    if (records === 'SERVFAIL') fake.zone.set(name, { fails: 'SERVFAIL' })
    else fake.zone.set(name, { ...(records.length > 0 && { txt: records }), a: ['192.0.2.1'], mx: [`mail.${name}`] })
  }
  return fake
}
