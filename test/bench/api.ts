/**
 * What Hunter adds to a bare Hono handler: both called with the gateway's events in one process, in turns, while
 * Postgres and Redis work in another one. Redis and database round trips are counted on the wire.
 * Run it with `npm run bench -- api [--rounds 40] [--calls 100]`; the first quarter of the rounds only warms up.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import type { Calls, CaseTimes } from '../support/api-calls-process.ts'
import type { ApiParts, WireCounts } from '../support/api-parts-process.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '40' }, calls: { type: 'string', default: '100' } },
})
const [rounds, perRound] = [Number(values.rounds), Number(values.calls)]

const parts = fork(join(import.meta.dirname, '../support/api-parts-process.ts'))
const { env, key, narrowKey } = await answerOf<ApiParts>(parts)
const api = fork(join(import.meta.dirname, '../support/api-calls-process.ts'), {
  env: { ...process.env, ...env },
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
})
api.stdout?.resume() // the log, read as Lambda does
await answerOf(api)

/** The API's answers need neither a name server nor a queue, and but for the lead no database. */
const CASES: Calls['cases'] = [
  { name: 'bare Hono', handler: 'bare', path: '/api/v1/scan/bulk/none', statuses: [200] },
  { name: 'framework and log', handler: 'ours', path: '/healthz/live', statuses: [200] },
  { name: 'with key and limits', handler: 'ours', path: '/api/v1/scan/bulk/none', key, statuses: [404] },
  { name: 'a lead', handler: 'ours', path: '/api/v1/leads/acme.com.tr', key, statuses: [200] },
  // a token comes free each minute
  { name: 'blocked key', handler: 'ours', path: '/api/v1/leads', key: narrowKey, statuses: [429, 200] },
]

try {
  await call({ cases: CASES, rounds: Math.ceil(rounds / 4), perRound, width: 1 })
  const before = loadavg()[0] ?? 0
  showTimes(await call({ cases: CASES, rounds: Math.ceil((rounds * 3) / 4), perRound, width: 1 }))
  console.log(`load of the machine ${before.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} after`)
  console.log('\nten at once           requests/s')
  for (const { name, totalsMs, elapsedMs } of await call({ cases: CASES, rounds: 10, perRound, width: 10 })) {
    console.log(`${name.padEnd(22)}${((totalsMs.length / elapsedMs) * 1_000).toFixed(0).padStart(10)}`)
  }
  console.log('\non the wire, for each request   Redis  database')
  for (const one of CASES) await showTrips(one)
} finally {
  api.disconnect()
  parts.disconnect()
}

async function call(calls: Calls): Promise<CaseTimes[]> {
  api.send(calls)
  return answerOf<CaseTimes[]>(api)
}

async function answerOf<T = unknown>(child: ChildProcess): Promise<T> {
  const answered = new AbortController()
  const { signal } = answered
  const ended = once(child, 'exit', { signal }).then(
    () => Promise.reject(new Error('a process of the benchmark ended')),
    () => new Promise<never>(() => undefined),
  )
  const [answer] = (await Promise.race([once(child, 'message', { signal }), ended])) as [T]
  answered.abort()
  return answer
}

function showTimes(all: CaseTimes[]): void {
  const [bare] = all
  if (!bare) return
  const zero = { p50: quantile(bare.totalsMs, 0.5), p99: quantile(bare.totalsMs, 0.99) }
  console.log(
    `${all[0]?.totalsMs.length} calls each, one after the other, in ms; without Redis: its answer's time taken off`,
  )
  console.log(
    '                       p50     p99    over bare p50     p99   without Redis p50     p99   processor   requests/s',
  )
  for (const { name, totalsMs, redisMs, elapsedMs, cpuMs } of all) {
    const ownMs = totalsMs.map((ms, i) => ms - (redisMs[i] ?? 0))
    const columns = [
      ms(quantile(totalsMs, 0.5), 8),
      ms(quantile(totalsMs, 0.99), 8),
      ms(quantile(totalsMs, 0.5) - zero.p50, 17),
      ms(quantile(totalsMs, 0.99) - zero.p99, 8),
      ms(quantile(ownMs, 0.5) - zero.p50, 20),
      ms(quantile(ownMs, 0.99) - zero.p99, 8),
      ms(cpuMs / totalsMs.length, 12),
      ((totalsMs.length / elapsedMs) * 1_000).toFixed(0).padStart(13),
    ]
    console.log(`${name.padEnd(20)}${columns.join('')}`)
  }
}

/** Shows the round trips, without those that belong to no request: a key is looked up again every five seconds. */
async function showTrips(one: Calls['cases'][number]): Promise<void> {
  await call({ cases: [one], rounds: 1, perRound: 1, width: 1 })
  const before = await wireCounts()
  await call({ cases: [one], rounds: 1, perRound: 200, width: 1 })
  const after = await wireCounts()
  const each = (name: keyof WireCounts) => ((after[name] - before[name]) / 200).toFixed(2)
  console.log(`${one.name.padEnd(30)}${each('redis').padStart(7)}${each('database').padStart(10)}`)
}

async function wireCounts(): Promise<WireCounts> {
  parts.send('counts')
  return answerOf<WireCounts>(parts)
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0
}

function ms(value: number, width: number): string {
  return value.toFixed(2).padStart(width)
}
