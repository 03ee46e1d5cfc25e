import { beforeEach, expect, test } from 'vitest'
import { startRedisServer } from '#emulators/redis/server'
import { type Breaker, type BreakerDeps, createBreaker, OPEN_MS } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { createSharedBreaker } from '#redis/shared-breaker'
import { recordingLog } from '../support/recording-log.ts'
import { answering, startStub } from '../support/stub-redis.ts'
import { TestClock } from '../support/test-clock.ts'

let clock: TestClock
let told: (Date | undefined)[]
let heard: Date | undefined
beforeEach(() => {
  clock = new TestClock()
  told = []
  heard = undefined
})

function breakerWith(over: Partial<BreakerDeps> = {}) {
  const log = recordingLog()
  const changes: boolean[] = []
  const shared = { openUntil: async () => heard, publish: async (until: Date | undefined) => void told.push(until) }
  const onChange = ({ open }: { open: boolean }) => void changes.push(open)
  return { log, changes, breaker: createBreaker({ clock, log, shared, onChange, ...over }) }
}
const ok = async () => 'ok'
const fails = () => Promise.reject(new Error('gone'))
const failing = async (breaker: Breaker, times: number) => {
  for (let i = 0; i < times; i += 1) await breaker.run(fails).catch(() => undefined)
}
const outcome = (breaker: Breaker, call: () => Promise<string>) =>
  breaker.run(call).catch((error: Error) => error.message)

test('opens at the fifth failure in a row; after that, no call waits', async () => {
  const { breaker, log, changes } = breakerWith()
  await failing(breaker, 4)
  await breaker.run(ok)
  await failing(breaker, 4)
  expect(breaker.isOpen()).toBe(false)
  await failing(breaker, 1)
  expect(breaker.isOpen()).toBe(true)
  let calls = 0
  expect(await outcome(breaker, async () => String((calls += 1)))).toBe(
    'the breaker is open, so Hunter skips Redis for a while',
  )
  expect(calls).toBe(0)
  expect(log.lines).toEqual([{ level: 'warn', event: 'degraded', fields: { degraded: true, problem: 'gone' } }])
  expect(changes).toEqual([true])
  expect(told).toEqual([new Date(clock.now().getTime() + OPEN_MS)])
})

test('after a minute, one of many callers probes, and no other waits for it', async () => {
  const { breaker, log, changes } = breakerWith()
  await failing(breaker, 5)
  clock.advanceMs(OPEN_MS - 1)
  expect(await outcome(breaker, ok)).toBe('the breaker is open, so Hunter skips Redis for a while')
  clock.advanceMs(1)
  const answer = Promise.withResolvers<string>()
  let calls = 0
  const call = () => {
    calls += 1
    return answer.promise
  }
  const probe = breaker.run(call)
  const others = await Promise.all(Array.from({ length: 100 }, () => outcome(breaker, call)))
  expect(new Set(others)).toEqual(new Set(['the breaker is open, so Hunter skips Redis for a while']))
  expect(calls).toBe(1)
  answer.resolve('ok')
  expect(await probe).toBe('ok')
  expect(calls).toBe(1)
  expect(breaker.isOpen()).toBe(false)
  expect(log.lines.map(({ event }) => event)).toEqual(['degraded', 'recovered'])
  expect(changes).toEqual([true, false])
  expect(told.at(-1)).toBeUndefined()
})

test('a failed probe opens it for another minute, without a log line', async () => {
  const { breaker, log } = breakerWith()
  await failing(breaker, 5)
  clock.advanceMs(OPEN_MS)
  await failing(breaker, 1)
  clock.advanceMs(OPEN_MS - 1)
  expect(await outcome(breaker, ok)).toBe('the breaker is open, so Hunter skips Redis for a while')
  clock.advanceMs(1)
  expect(await outcome(breaker, ok)).toBe('ok')
  expect(log.lines.map(({ event }) => event)).toEqual(['degraded', 'recovered'])
  expect(told).toHaveLength(3)
})

test('a call that began before it opened does not close it', async () => {
  const { breaker } = breakerWith()
  const late = Promise.withResolvers<string>()
  const early = breaker.run(() => late.promise)
  await failing(breaker, 5)
  late.resolve('ok')
  await early
  expect(breaker.isOpen()).toBe(true)
})

test('a probe without an answer does not keep it open forever', async () => {
  const { breaker } = breakerWith()
  await failing(breaker, 5)
  clock.advanceMs(OPEN_MS)
  void breaker.run(() => new Promise<never>(() => undefined))
  clock.advanceMs(OPEN_MS)
  expect(await outcome(breaker, ok)).toBe('ok')
  expect(breaker.isOpen()).toBe(false)
})

test('one failure opens it while another instance has its breaker open', async () => {
  heard = new Date(clock.now().getTime() + 20_000)
  const { breaker } = breakerWith()
  await breaker.run(ok)
  expect(breaker.isOpen()).toBe(false)
  await failing(breaker, 1)
  expect(breaker.isOpen()).toBe(true)
  expect(told).toEqual([])
  clock.advanceMs(20_000)
  expect(await outcome(breaker, ok)).toBe('ok')
})

test('instances share the state through Redis, and write only changes', async () => {
  const server = await startRedisServer({ token: 't', clock })
  const redis = createRedis({ url: server.url, token: 't', timeoutMs: 20_000 })
  const shared = createSharedBreaker(redis)
  const until = new Date(clock.now().getTime() + OPEN_MS)
  await shared.publish(until)
  expect(await createSharedBreaker(redis).openUntil()).toEqual(until)
  clock.advanceMs(OPEN_MS)
  expect(await shared.openUntil()).toBeUndefined()
  await shared.publish(until)
  await shared.publish(undefined)
  expect(await shared.openUntil()).toBeUndefined()
  await server.close()
  expect(await shared.openUntil()).toBeUndefined()
  await shared.publish(until)
})

test('an invalid shared state does not open it', async () => {
  const stub = await startStub(answering(200, '{"result":"for ever"}'))
  const redis = createRedis({ url: stub.url, token: 't', timeoutMs: 20_000 })
  expect(await createSharedBreaker(redis).openUntil()).toBeUndefined()
  await stub.close()
})
