/** Calls the API's handler and a bare one with the gateway's events, in turns, and answers with how long each took. */
import { Hono } from 'hono'
import { handle, type LambdaEvent } from 'hono/aws-lambda'

export interface Calls {
  /** The cases in call order; `bare` is a handler that does nothing. */
  cases: { name: string; handler: 'bare' | 'ours'; path: string; key?: string; statuses: number[] }[]
  rounds: number
  perRound: number
  /** Calls side by side. */
  width: number
}

export interface CaseTimes {
  name: string
  /** Times from the event to the answer, and from the event to the answer of Redis. */
  totalsMs: number[]
  redisMs: number[]
  /** Time of all calls of the case, and the processor time of this process in it. */
  elapsedMs: number
  cpuMs: number
}

let waitedMs = 0
const realFetch = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const startedMs = performance.now()
  const answer = await realFetch(input, init)
  const text = await answer.text()
  waitedMs += performance.now() - startedMs
  return new Response(text, { status: answer.status, headers: { 'content-type': 'application/json' } })
}

const bare = new Hono()
bare.get('*', (c) => c.json({ success: true }))
const { handler: ours } = await import('../../functions/api.ts')
const HANDLERS = { bare: handle(bare), ours }

process.on('message', (calls: Calls) => void measure(calls).then((times) => process.send?.(times)))
process.send?.('ready')

async function measure({ cases, rounds, perRound, width }: Calls): Promise<CaseTimes[]> {
  const times = new Map<string, CaseTimes>()
  for (let round = 0; round < rounds; round += 1) {
    for (const one of cases) {
      const kept = times.get(one.name) ?? { name: one.name, totalsMs: [], redisMs: [], elapsedMs: 0, cpuMs: 0 }
      times.set(one.name, kept)
      const startedMs = performance.now()
      const startedCpu = process.cpuUsage()
      await Promise.all(Array.from({ length: width }, () => callMany(one, perRound / width, kept)))
      kept.elapsedMs += performance.now() - startedMs
      const { user, system } = process.cpuUsage(startedCpu)
      kept.cpuMs += (user + system) / 1_000
    }
  }
  return [...times.values()]
}

async function callMany({ handler, path, key, statuses }: Calls['cases'][number], count: number, times: CaseTimes) {
  for (let i = 0; i < count; i += 1) {
    const event = eventOf(path, key)
    waitedMs = 0
    const startedMs = performance.now()
    const answer = (await HANDLERS[handler](event as never)) as unknown as {
      statusCode: number
      body: string
    }
    times.totalsMs.push(performance.now() - startedMs)
    times.redisMs.push(waitedMs)
    if (!statuses.includes(answer.statusCode)) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`)
  }
}

function eventOf(path: string, key?: string): LambdaEvent {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: {
      host: 'api.example',
      accept: 'application/json',
      'user-agent': 'bench',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    requestContext: {
      http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'bench' },
      requestId: 'r',
      stage: '$default',
    },
    isBase64Encoded: false,
  } as unknown as LambdaEvent
}
