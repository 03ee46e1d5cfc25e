/**
 * Requests per second and times of the embedded Redis over loopback, and what its memory does meanwhile.
 * Run it with `node test/bench/redis.ts [seconds] [concurrency]`; the server has a process of its own.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Ratelimit } from '@upstash/ratelimit'
import { startRedisServer } from '#emulators/redis/server'
import { systemClock } from '#platform/clock'
import { createRedis } from '#redis/client'

const token = 'bench'
const [mode = '4', concurrencyText = '50'] = process.argv.slice(2)

if (mode === 'serve') await serve()
else await bench(Number(mode) * 1_000, Number(concurrencyText))

async function serve(): Promise<void> {
  const { url } = await startRedisServer({ token, clock: systemClock })
  process.send?.({ url })
  process.on('message', () => process.send?.({ rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20) }))
}

async function bench(forMs: number, concurrency: number): Promise<void> {
  const server = fork(import.meta.filename, ['serve'])
  const [{ url }] = (await once(server, 'message')) as [{ url: string }]
  const rss = async () => {
    server.send('rss')
    const [{ rssMiB }] = (await once(server, 'message')) as [{ rssMiB: number }]
    return rssMiB
  }
  const redis = createRedis({ url, token, timeoutMs: 10_000 })
  const limiter = new Ratelimit({
    redis,
    limiter: Ratelimit.slidingWindow(1_000_000, '60 s'),
    timeout: 0,
    ephemeralCache: false,
    enableTelemetry: false,
  })
  await redis.set('key', 'value')
  console.log(`server at the start: ${await rss()} MiB resident`)
  const cases: Record<string, (i: number) => Promise<unknown>> = {
    GET: () => redis.get('key'),
    'sliding-window limit, 1,000 ids': (i) => limiter.limit(`id-${i % 1_000}`),
  }
  for (const [name, act] of Object.entries(cases)) {
    for (const width of [1, concurrency]) {
      const line = await measure(act, width, forMs)
      console.log(`${name}, ${width} at once: ${line}; server ${await rss()} MiB`)
    }
  }
  server.kill()
}

async function measure(act: (i: number) => Promise<unknown>, width: number, forMs: number): Promise<string> {
  for (let i = 0; i < 200; i += 1) await act(i)
  const times: number[] = []
  const startMs = performance.now()
  const caller = async () => {
    while (performance.now() - startMs < forMs) {
      const beganMs = performance.now()
      await act(times.length)
      times.push(performance.now() - beganMs)
    }
  }
  await Promise.all(Array.from({ length: width }, caller))
  const perSecond = (times.length / (performance.now() - startMs)) * 1_000
  times.sort((a, b) => a - b)
  const percentile = (p: number) => (times[Math.floor((times.length - 1) * p)] ?? 0).toFixed(2)
  return `${Math.round(perSecond)}/s, p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms, ${times.length} requests`
}
