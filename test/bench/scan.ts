/**
 * Domains per second: through the DNS, with a name server in a process of its own, no limits and no caches; whole scans
 * with an empty cache and a full one; and what normalising, identifying and scoring cost alone, computed
 * again and cached. Run it with `npm run bench -- scan [domains] [concurrency]`.
 */
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import pLimit from 'p-limit'
import { assessAfter, assessLead } from '#leads/assess'
import type { Lead } from '#leads/store'
import { systemClock } from '#platform/clock'
import { collectSignals } from '#signals/collect'
import { createDns } from '#signals/dns/dns'
import { createPresent } from '#signals/evidence'
import { normaliseDomain } from '#signals/normalise'
import type { Signals } from '#signals/signals'
import { benchCachedScans } from '../support/bench-cached-scans.ts'

const [first = '2000', second = '50'] = process.argv.slice(2)

if (first === 'serve') await serve()
else await bench(Number(first), Number(second))

/** Every domain is a customer of Google's with SPF, DKIM and DMARC; other names below it do not exist. */
async function serve(): Promise<void> {
  const socket = createSocket('udp4')
  let questions = 0
  socket.on('message', (question, { port, address }) => {
    questions += 1
    socket.send(answerTo(question), port, address)
  })
  process.on('message', () => process.send?.({ questions }))
  socket.bind(0, '127.0.0.1', () => {
    socket.setRecvBufferSize(8 * 1024 * 1024)
    process.send?.({ address: `127.0.0.1:${socket.address().port}` })
  })
}

const TYPE = { A: 1, NS: 2, MX: 15, TXT: 16 } as const
const NXDOMAIN = 3

function answerTo(question: Buffer): Buffer {
  let end = 12
  const labels: string[] = []
  for (let length = question[end] ?? 0; length > 0; length = question[end] ?? 0) {
    labels.push(question.toString('latin1', end + 1, end + 1 + length).toLowerCase())
    end += length + 1
  }
  const type = question.readUInt16BE(end + 1)
  const data = dataOf(labels, type)
  const header = Buffer.from(question.subarray(0, end + 5))
  header.writeUInt16BE(0x8180 | (data === null ? NXDOMAIN : 0), 2)
  header.writeUInt16BE(data ? 1 : 0, 6)
  header.writeUInt16BE(0, 10)
  if (!data) return header
  const record = Buffer.alloc(12)
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(type, 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt32BE(60, 6)
  record.writeUInt16BE(data.length, 10)
  return Buffer.concat([header, record, data])
}

/** Empty: the name exists without such a record; null: it does not exist. */
function dataOf(labels: string[], type: number): Buffer | null | undefined {
  const name = labels.join('.')
  if (labels.length === 2) {
    if (type === TYPE.MX) return Buffer.concat([Buffer.from([0, 1]), nameOf('aspmx.l.google.com')])
    if (type === TYPE.TXT) return textOf('v=spf1 include:_spf.google.com ~all')
    if (type === TYPE.NS) return nameOf('ns1.bench.test')
    return type === TYPE.A ? Buffer.from([192, 0, 2, 1]) : undefined
  }
  if (name === '_spf.google.com') return type === TYPE.TXT ? textOf('v=spf1 ip4:192.0.2.0/24 ~all') : undefined
  if (labels[0] === '_dmarc') return type === TYPE.TXT ? textOf('v=DMARC1; p=quarantine') : undefined
  if (labels[0] === 'google') return type === TYPE.TXT ? textOf('v=DKIM1; k=rsa; p=MIIBIjANBgkq') : undefined
  return labels[0] === '_domainkey' ? undefined : null
}

function textOf(text: string): Buffer {
  return Buffer.from([text.length, ...Buffer.from(text)])
}

function nameOf(host: string): Buffer {
  return Buffer.concat([...host.split('.').map(textOf), Buffer.from([0])])
}

async function bench(count: number, concurrency: number): Promise<void> {
  const server = fork(import.meta.filename, ['serve'])
  const [{ address }] = (await once(server, 'message')) as [{ address: string }]
  const dns = createDns({ servers: [address], queryTimeoutMs: 2_000, clock: systemClock })
  const scan = (at: number) =>
    collectSignals({ dns, clock: systemClock }, normaliseDomain(`bench-${at}.com`), { budgetMs: 8_000 })
  const sample = await scan(0)
  await throughDns(count, concurrency, scan)
  server.send('questions')
  const [{ questions }] = (await once(server, 'message')) as [{ questions: number }]
  console.log(`  the name server saw ${(questions / (count + 1)).toFixed(1)} questions for each domain`)
  await benchCachedScans({ dns, count, concurrency })
  server.kill()
  for (const [name, signals] of Object.entries({
    'Google, all signals': sample,
    'gateway, many votes': manyVotes(sample),
  })) {
    withoutDns(name, signals, assessLead)
    const before = new Map<string, Lead>()
    withoutDns(`${name}, stored before`, signals, (same) => {
      const stored = before.get(same.domain)
      const lead = stored ? assessAfter(stored, same, []) : assessLead(same)
      before.set(same.domain, lead)
      return lead
    })
  }
}

async function throughDns(count: number, concurrency: number, scan: (at: number) => Promise<Signals>): Promise<void> {
  const limit = pLimit(concurrency)
  const times: number[] = []
  let incomplete = 0
  const startMs = performance.now()
  await limit.map(
    Array.from({ length: count }, (_, at) => at),
    async (at) => {
      const beganMs = performance.now()
      const { mx, dkim } = await scan(at)
      if (mx.state !== 'present' || dkim.state !== 'present') incomplete += 1
      times.push(performance.now() - beganMs)
    },
  )
  const perSecond = count / ((performance.now() - startMs) / 1_000)
  times.sort((a, b) => a - b)
  const percentile = (p: number) => (times[Math.floor((times.length - 1) * p)] ?? 0).toFixed(0)
  const rssMiB = Math.round(process.memoryUsage().rss / 2 ** 20)
  console.log(`scan, no cache, ${concurrency} at once: ${perSecond.toFixed(0)} domains/s`)
  console.log(
    `  p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms, ${incomplete} incomplete, ${rssMiB} MiB resident`,
  )
}

/** A company behind a gateway: every voter has something to say. */
function manyVotes(signals: Signals): Signals {
  const seen = { rcode: 'NOERROR', resolver: '192.0.2.53', at: signals.at } as const
  const hosts = ['mx0a-00000000.pphosted.com', 'mx0b-00000000.pphosted.com']
  const target = 'selector1-firma-com._domainkey.firma.onmicrosoft.com'
  const dkim = { selectors: ['selector1'], targets: [{ selector: 'selector1', target }], unanswered: [] }
  return {
    ...signals,
    mx: createPresent(seen, [], { hosts: hosts.map((host) => ({ host, preference: 10 })), nullMx: false }),
    dkim: createPresent(seen, [], dkim),
    autodiscover: createPresent(seen, [], {
      targets: ['autodiscover.outlook.com'],
      addresses: [],
      loops: false,
      unanswered: [],
    }),
  }
}

/** One core: this thread does all of it. */
function withoutDns(name: string, signals: Signals, assess: (signals: Signals) => Lead): void {
  const inputs = Array.from({ length: 1_000 }, (_, at) => `https://www.Bench-${at}.com.tr/iletisim?kaynak=${at}`)
  let points = 0
  const work = (rounds: number): void => {
    for (let at = 0; at < rounds; at += 1) {
      const domain = normaliseDomain(inputs[at % inputs.length] ?? '')
      points += assess({ ...signals, domain }).score.value
    }
  }
  work(20_000)
  const rounds = 200_000
  const startMs = performance.now()
  work(rounds)
  const perSecond = rounds / ((performance.now() - startMs) / 1_000)
  console.log(`normalise, provider, tenants, score and segment (${name}): ${Math.round(perSecond)}/s, ${points} points`)
}
