/** Real DNS servers on loopback for the tests: one that answers from a zone, one that never says a word. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { type DnsServer, startDnsServer } from '#emulators/dns/server'
import { forward } from '#emulators/dns/forward'
import type { ZoneFile } from '#emulators/dns/zone'
import type { Dns } from '#signals/dns/dns'
import { listNamesAbove } from '#signals/mail/dmarc-walk'
import { createFakeDns } from './fake-dns.ts'

/** Above `domains` no name has a DMARC record; everything else outside of them is SERVFAIL. */
export function startZone(domains: ZoneFile['domains']): Promise<DnsServer> {
  const missing = Object.keys(domains).flatMap((domain) => listNamesAbove(domain).map((above) => `_dmarc.${above}`))
  return startDnsServer({ zone: { note: 'test', date: '2026-11-20', domains, missing }, forwardTo: [] })
}

interface OddServer extends DnsServer {
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

/** The question sent back as an answer without records. */
export function emptyAnswer(question: Buffer, rcode: number, { truncated = false } = {}): Buffer {
  const answer = Buffer.from(question)
  answer.writeUInt8(((question[2] ?? 0) & 0x01) | 0x80 | (truncated ? 0x02 : 0), 2)
  answer.writeUInt8(rcode, 3) // no recursion: this server has no further answer
  return answer
}

/** One record of raw octets after the question; without EDNS, so that nothing stands behind it. */
export function rawAnswer(question: Buffer, data: Buffer): Buffer {
  let end = 12
  while ((question[end] ?? 0) > 0) end += (question[end] ?? 0) + 1
  const answer = Buffer.concat([question.subarray(0, end + 5), Buffer.alloc(12), data])
  answer.writeUInt16BE(0x8180, 2)
  answer.writeUInt16BE(1, 6)
  answer.writeUInt16BE(0, 10)
  const record = end + 5
  answer.writeUInt16BE(0xc00c, record)
  question.copy(answer, record + 2, end + 1, end + 5)
  answer.writeUInt16BE(data.length, record + 10)
  return answer
}

interface LateServer extends DnsServer {
  /** Resolves when every question so far has had its answer. */
  answered(): Promise<void>
}

/** Knows what `upstream` knows, and takes its time. */
export async function startLateServer(upstream: DnsServer, delayMs: number): Promise<LateServer> {
  const socket = createSocket('udp4')
  const open = new Set<Promise<void>>()
  socket.on('message', (bytes, { port, address }) => {
    const answer = forward({ upstreams: [upstream.address], timeoutMs: 5_000 }, { bytes, viaTcp: false })
    const sent = Promise.all([answer, pause(delayMs)]).then(([text]) => text && socket.send(text, port, address))
    const done = sent.then(() => void open.delete(done))
    open.add(done)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const answered = async (): Promise<void> => void (await Promise.all(open))
  const close = async (): Promise<void> => {
    await answered()
    socket.close()
    await once(socket, 'close')
  }
  return { address: `127.0.0.1:${socket.address().port}`, answered, close }
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
